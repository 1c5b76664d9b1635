"""A full queue is asked less and less often, by one lane at a time, and soon again once there is room."""

from typing import Any
from uuid import uuid4

import pytest

from tickwork.core.circuit_breaker import FIRST_SECONDS, LAST_SECONDS, Pause
from tickwork.core.settings import Settings
from tickwork.engine.dispatch.backpressure import Patience
from tickwork.engine.dispatch.sqs import SqsDispatch
from tickwork.engine.report import Report

LOOK_SECONDS = 0.05  # a lane that could do nothing waits so long before it takes again
MINUTE = 60.0


class World:
    """Time that goes on by waiting alone, and a queue with or without room."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.full = True
        self.asked: list[float] = []
        self.sent = 0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds

    def get_queue_attributes(self, **_: Any) -> Any:
        self.asked.append(self.now)
        return {"Attributes": {"ApproximateNumberOfMessages": "20" if self.full else "0"}}

    def send_message(self, **_: Any) -> None:
        self.sent += 1


@pytest.fixture
def world(monkeypatch):
    world = World()
    monkeypatch.setattr("tickwork.engine.dispatch.sqs.aws_client", lambda *_: world)
    return world


@pytest.fixture
def dispatch(world):
    settings = Settings(database_url="postgresql://", redis_url="redis://", dispatch="sqs", run_jobs_queue_url="x")
    back: list[Any] = []
    dispatch = Patience(SqsDispatch(settings), back.append, world.clock, world.sleep)
    dispatch.back = back
    return dispatch


def hand_over(world, dispatch, until) -> int:
    """As a lane of a tick that stays does it, until a batch got rid of or `until`; how many it tried."""
    tried = 0
    while world.now < until:
        tried += 1
        if dispatch([uuid4()], until, Report()):
            break
        world.sleep(LOOK_SECONDS)
    return tried


def test_a_full_queue_is_asked_less_and_less_often(world, dispatch):
    until = world.now + MINUTE
    tried = hand_over(world, dispatch, until)
    assert world.sent == 0
    assert len(dispatch.back) == tried, "what is not handed over is anybody's at once"
    gaps = [later - earlier for earlier, later in zip(world.asked, world.asked[1:], strict=False)]
    assert gaps[0] <= FIRST_SECONDS + 2 * LOOK_SECONDS
    assert all(LAST_SECONDS <= gap <= LAST_SECONDS + 2 * LOOK_SECONDS for gap in gaps[6:])
    assert len(world.asked) <= MINUTE / LAST_SECONDS + 6
    assert tried <= 2 * len(world.asked) + 2


def test_room_is_seen_within_a_pause_and_ends_it(world, dispatch):
    hand_over(world, dispatch, world.now + MINUTE)
    world.full, began = False, world.now
    hand_over(world, dispatch, began + MINUTE)
    assert world.sent == 1
    assert world.now - began <= LAST_SECONDS + LOOK_SECONDS
    asked = len(world.asked)
    for _ in range(3):
        assert dispatch([uuid4()], world.now + 1, Report()) == 1
    assert len(world.asked) == asked + 3, "with room nobody waits"


def test_nobody_waits_beyond_the_end_of_the_tick(world, dispatch):
    until = world.now + 1.0
    hand_over(world, dispatch, until)
    assert world.now <= until + LOOK_SECONDS


def test_the_first_refusal_holds_up_nobody(world, dispatch):
    began = world.now
    assert dispatch([uuid4()], began + 4, Report()) == 0
    assert world.now == began, "a tick that does not stay ends here"


def test_when_a_pause_is_over_one_asks_for_all(world):
    pause = Pause(world.clock)
    pause.refused()
    assert not pause.may_ask()
    world.sleep(pause.left())
    assert [pause.may_ask() for _ in range(3)] == [True, False, False]
    pause.accepted()
    assert [pause.may_ask() for _ in range(3)] == [True, True, True]
