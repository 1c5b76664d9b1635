"""A tick that stays: what comes while it waits is started by it, not by the next."""

import threading
import time
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.integration.factory import insert_job, row_of
from tests.integration.handlers import GATES
from tickwork.core.errors import IndexDown, Unavailable
from tickwork.engine.long_poll import Lingering
from tickwork.stores.redis.due_index import DueIndex, Taken

LONG = 30


@pytest.fixture
def lingering(api, wired, monkeypatch):
    """A tick under way in a thread that has found nothing due and waits; it ends when told to."""
    monkeypatch.setenv("TICK_LINGER_SECONDS", str(LONG))

    @contextmanager
    def run():
        waits = threading.Event()
        wait = DueIndex.wait

        def waiting(index, alarm, seconds):
            waits.set()
            return wait(index, alarm, seconds)

        monkeypatch.setattr(DueIndex, "wait", waiting)
        reports = []
        thread = threading.Thread(target=lambda: reports.append(api.tick()))
        thread.start()
        assert waits.wait(20)
        yield reports
        monkeypatch.setattr("tickwork.engine.long_poll.stopping", lambda: True)
        thread.join(20)
        assert reports, "it ends within a look"

    return run


def wait_for(sql, id, status="completed"):
    deadline = time.monotonic() + LONG / 2
    while row_of(sql, id)["status"] != status:
        assert time.monotonic() < deadline, f"nobody brought it to {status}"


def test_a_job_created_while_it_waits_is_started_by_it(lingering, api, sql):
    with lingering() as reports:
        job = api.create()
        wait_for(sql, job["id"])
    assert reports[0]["completed"] == 1


def test_its_end_keeps_the_next_tick_waiting_for_nothing(api, sql, monkeypatch):
    slept = []
    monkeypatch.setenv("TICK_LINGER_SECONDS", "0.3")
    monkeypatch.setattr("tickwork.engine.long_poll.sleep", slept.append)
    job = api.create()
    api.tick()
    assert row_of(sql, job["id"])["status"] == "completed"
    assert slept == []


def test_a_delayed_job_is_started_when_it_is_due(lingering, api, sql):
    with lingering():
        job = api.create(delay_seconds=0.3)
        wait_for(sql, job["id"])
    row = row_of(sql, job["id"])
    assert row["started_at"] >= row["scheduled_at"]


def test_a_retried_and_a_moved_job_ring_too(lingering, api, sql):
    failed, far = insert_job(sql, "failed"), api.create(delay_seconds=3600)
    with lingering():
        api("PUT", f"/jobs/{failed}/retry")
        api("PATCH", f"/jobs/{far['id']}", json={"delay_seconds": 0})
        wait_for(sql, failed)
        wait_for(sql, far["id"])


@pytest.mark.parametrize("count", [1, 7])
def test_slow_handlers_hold_up_nobody_while_a_slot_is_free(count, lingering, api, sql):
    """Each in a batch of its own, as they come one by one."""
    GATES["slow"] = threading.Event()
    with lingering():
        for _ in range(count):
            slow = api.create("gated", {"gate": "slow"})
            wait_for(sql, slow["id"], "in_progress")
        wait_for(sql, api.create()["id"])
        GATES["slow"].set()
        wait_for(sql, slow["id"])


def test_house_is_kept_while_it_stays(lingering, wired, monkeypatch):
    """Where a tick stays for minutes, statistics and alerts do not wait for its end."""
    asked, kept, take, fold = [], threading.Event(), DueIndex.take, wired.store().fold
    monkeypatch.setattr(DueIndex, "take", lambda *args: take(*args)._replace(reconcile=asked.pop() if asked else 0))
    monkeypatch.setattr(wired.store(), "fold", lambda: (fold(), kept.set()))
    with lingering() as reports:
        assert not kept.is_set()
        asked.append(1)
        assert kept.wait(LONG / 2)
        assert not reports, "and it stays on"


def test_without_redis_it_goes_on_from_postgres(api, wired, sql, monkeypatch):
    monkeypatch.setenv("TICK_LINGER_SECONDS", str(LONG))

    def down(*_):
        raise IndexDown("gone")

    for method in ("open_alarm", "take"):
        monkeypatch.setattr(DueIndex, method, down)
    looked, find_due, reports = threading.Event(), wired.store().find_due, []
    monkeypatch.setattr(wired.store(), "find_due", lambda *args: (find_due(*args), looked.set())[0])
    thread = threading.Thread(target=lambda: reports.append(api.tick()))
    thread.start()
    assert looked.wait(20)
    wait_for(sql, insert_job(sql))
    monkeypatch.setattr("tickwork.engine.tick.stopping", lambda: True)
    thread.join(20)
    assert (reports[0]["completed"], reports[0]["degraded"]) == (1, ["redis"])


def test_a_lane_that_fails_ends_the_others():
    """Else the tick would stay on with fewer lanes, and say so only at its end."""
    one, now = [uuid4()], datetime.now(UTC)

    class Quiet:
        def open_alarm(self):
            return nullcontext()

        def wait(self, alarm, seconds):
            time.sleep(min(seconds, 0.01))

    def take():
        return Taken([one.pop()] if one else [], now, None, 0)

    def fail(ids, until):
        raise Unavailable("away for a moment")

    start = time.monotonic()
    with pytest.raises(Unavailable):
        Lingering(Quiet(), take, fail, 8).run(start + LONG)
    assert time.monotonic() - start < LONG / 2
