"""A batch alone, without stores: who gets a slot, and what becomes of a batch that nobody follows any more."""

import time
from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import uuid4

import pytest
from pydantic import BaseModel

from tickwork.core.handler import Handler
from tickwork.core.job import Claimed
from tickwork.engine.batch import Batch
from tickwork.engine.concurrency import Slots

HANDLER_SECONDS = 0.02
SLOTS = 2


class Nothing(BaseModel):
    pass


class Stage:
    """Makes batches of slow jobs that share slots, and notes which job started when."""

    def __init__(self, limits=None):
        self.starts = []
        self.ids = []
        self.started_at = {}
        self._now = datetime.now(UTC)
        self._slots = Slots(SLOTS, limits)
        self._handlers = {name: Handler(name, self._slow, Nothing) for name in ("long", "short", "other")}

    def batch(self, type, count, leased=10.0):
        return self.of([self.job(type) for _ in range(count)], leased=leased)

    def job(self, type, early=None):
        """Due `early` seconds after its claim."""
        now = self._now
        due = now + timedelta(seconds=early or 0)
        return Claimed(uuid4(), type, "in_progress", "{}", 0, 1, 0, 3, due, now, False, None, now if early else None)

    def of(self, jobs, until=10.0, leased=10.0):
        start = time.monotonic()
        return Batch(jobs, self._handlers, self._slots, SLOTS, start + until, start + leased)

    def started(self, type):
        return [place for place, name in enumerate(self.starts) if name == type]

    def _slow(self, payload, job):
        self.starts.append(job.type)
        self.ids.append(job.id)
        self.started_at[job.type] = time.monotonic()
        time.sleep(HANDLER_SECONDS)


def test_who_was_claimed_early_waits_and_holds_up_nobody():
    stage = Stage({"short": 1})
    claimed = time.monotonic()
    threads = [run_beside(stage.of([stage.job("short", early=0.15)])), run_beside(stage.batch("short", 3))]
    for thread in threads:
        thread.join()
    assert stage.starts == ["short"] * 4
    assert stage.started_at["short"] >= claimed + 0.15


def test_who_becomes_due_meanwhile_is_next_by_its_rank(monkeypatch):
    stage = Stage({"long": 1, "short": 1})
    monkeypatch.setattr(
        "tickwork.engine.batch.monotonic", lambda: len(stage.starts) * HANDLER_SECONDS
    )  # nothing else takes any
    jobs = [stage.job("short", early=HANDLER_SECONDS), stage.job("short", early=HANDLER_SECONDS / 2)]
    jobs += [stage.job("short") for _ in range(6)]
    order = [job.id for job in jobs]
    list(stage.of(jobs).run())
    ran = [order.index(id) for id in stage.ids]
    assert ran[0] == 2, "who is due goes first"
    assert ran[1:3] == [0, 1], "the best of all do not wait for all others"


@pytest.mark.parametrize("end", ["leased", "until"])
def test_nothing_starts_when_the_end_came_before_its_time(end):
    """A process that was frozen while a job waited to be due wakes up with one that another may have rescued."""
    stage = Stage()
    outcomes = []
    batch = stage.of([stage.job("short", early=0.1)], **{end: 0.05})
    for some in batch.run():
        outcomes += some
        if end == "leased" and time.monotonic() > batch.leased_until + 0.2:
            break
    assert stage.starts == []
    assert [outcome.outcome for outcome in outcomes] == ([] if end == "leased" else ["released"])


def test_who_is_cancelled_before_its_time_does_not_start():
    stage = Stage()
    job = stage.job("short", early=0.1)
    batch = stage.of([job])
    assert [held for held, _ in batch.held()] == [job]
    batch.cancel_waiting({job.id})
    assert [outcome.outcome for some in batch.run() for outcome in some] == ["cancelled"]
    assert stage.starts == []


def run_beside(batch):
    thread = Thread(target=lambda: [None for _ in batch.run()])
    thread.start()
    return thread


@pytest.mark.parametrize("limits", [None, {"long": 1, "short": 1}, {"other": 1}])
def test_a_small_batch_does_not_wait_for_a_large_one_to_end(limits):
    stage = Stage(limits)
    long = run_beside(stage.batch("long", 80))
    while len(stage.starts) < 20:
        time.sleep(0.001)
    short = run_beside(stage.batch("short", 4))
    short.join()
    long.join()
    assert len(stage.starts) == 84
    assert stage.started("short")[-1] < 60, "it got its turns in between"


def test_two_batches_of_one_limited_type_share_it():
    stage = Stage({"long": 1})
    first = run_beside(stage.batch("long", 40))
    while len(stage.starts) < 5:
        time.sleep(0.001)
    second = run_beside(stage.batch("long", 3))
    second.join()
    assert len(stage.starts) < 35
    first.join()


def test_a_limited_type_that_waits_holds_nobody_up():
    """Who waits for a type's own limit leaves the free slots to others."""
    stage = Stage({"long": 1})
    long = run_beside(stage.batch("long", 30))
    again = run_beside(stage.batch("long", 5))
    while len(stage.starts) < 8:
        time.sleep(0.001)
    other = run_beside(stage.batch("other", 10))
    for thread in (other, long, again):
        thread.join()
    assert len(stage.starts) == 45, "nobody waited for what never came"
    assert stage.started("other")[-1] < 8 + 10 + 20, "at most two of the others at each of its turns"


def test_a_batch_that_nobody_settles_any_more_starts_no_more_jobs():
    stage = Stage()
    for _ in stage.batch("long", 100).run():
        break
    begun = len(stage.starts)
    time.sleep(5 * HANDLER_SECONDS)
    assert len(stage.starts) <= begun + SLOTS


def test_a_process_that_is_told_to_end_starts_nothing(monkeypatch):
    monkeypatch.setattr("tickwork.engine.batch.stopping", lambda: True)
    stage = Stage()
    outcomes = [outcome.outcome for outcomes in stage.batch("long", 9).run() for outcome in outcomes]
    assert (outcomes, stage.starts) == (["released"] * 9, [])


def test_no_job_starts_once_its_lease_may_be_over(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("tickwork.engine.batch.monotonic", lambda: now[0])
    stage = Stage()
    batch = stage.batch("long", 40)
    batch.leased_until = 1.0
    running = run_beside(batch)
    while len(stage.starts) < 5:
        time.sleep(0.001)
    now[0] = 1.0
    while any(context for _, context in batch.held()):
        time.sleep(0.001)
    begun = len(stage.starts)
    assert begun < 40
    time.sleep(5 * HANDLER_SECONDS)
    assert len(stage.starts) == begun
    batch.leased_until = 2.0  # renewed
    running.join()
    assert len(stage.starts) == 40
