"""House is kept at its period while a tick stays, by nobody who would start jobs, and never twice at once."""

from threading import Event, Thread, get_ident

import pytest

from tickwork.core.errors import Unavailable
from tickwork.engine.keeping import Keeping

PATIENCE = 20


class House:
    """Each keeping waits for the test's word when it has a `gate`, and fails as often as `failures` says."""

    def __init__(self, failures: int = 0):
        self.kept: list[int] = []
        self.threads: set[int] = set()
        self.began, self.gate, self.failures = Event(), Event(), failures
        self.gate.set()

    def keep(self, level: int) -> None:
        self.threads.add(get_ident())
        self.began.set()
        assert self.gate.wait(PATIENCE)
        self.kept.append(level)
        if self.failures:
            self.failures -= 1
            raise Unavailable("away for a moment")


def test_without_a_stay_it_waits_for_the_end():
    house = House()
    keeping = Keeping(house.keep)
    for level in (1, 2, 1):
        keeping.ask(level)
    assert house.kept == []
    keeping.finish()
    assert (house.kept, house.threads) == ([2], {get_ident()})
    keeping.finish()
    assert house.kept == [2], "once is enough"


def test_while_a_tick_stays_it_is_kept_beside_the_jobs():
    house = House()
    keeping = Keeping(house.keep)
    keeping.ask(2)  # by the drain before
    with keeping.beside():
        assert house.began.wait(PATIENCE), "it does not wait for the end"
        for _ in range(3):
            house.began.clear()
            keeping.ask(1)
            assert house.began.wait(PATIENCE)
    assert house.kept == [2, 1, 1, 1]
    assert get_ident() not in house.threads
    keeping.finish()
    assert len(house.kept) == 4


def test_what_is_asked_meanwhile_is_done_once_and_afterwards():
    house = House()
    keeping = Keeping(house.keep)
    house.gate.clear()
    with keeping.beside():
        keeping.ask(1)
        assert house.began.wait(PATIENCE)
        askers = [Thread(target=keeping.ask, args=[level]) for level in (1, 2, 1)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join(PATIENCE)  # nobody who asks waits for the house
        house.gate.set()
    assert house.kept == [1, 2]
    assert len(house.threads) == 1


def test_what_failed_is_done_again_and_shows_at_the_end():
    house = House(failures=3)
    keeping = Keeping(house.keep)
    with keeping.beside():
        keeping.ask(2)
    with keeping.beside():  # the next occasion
        pass
    assert house.kept == [2, 2], "what failed was not forgotten"
    with pytest.raises(Unavailable):
        keeping.finish()
