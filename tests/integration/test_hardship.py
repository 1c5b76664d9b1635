"""What a breaker found once: odd verdicts and logs, garbage in the index, jobs that kill, stores away at a bad time."""

import math
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pydantic import BaseModel, field_validator

from tests.integration.factory import insert_job, row_of
from tests.integration.handlers import GATES, HANDLERS, RUNS, raising
from tickwork import connections
from tickwork.core.errors import RetryAfter, Unavailable
from tickwork.core.handler import handlers
from tickwork.core.job import Outcome
from tickwork.stores.redis.transport import ONLY


class Evil(Exception):
    def __str__(self):
        raise SystemExit(3)


class Divides(BaseModel):
    n: int = 0

    @field_validator("n")
    @classmethod
    def reciprocal(cls, n: int) -> int:
        return 1 // n


ODD = {
    "a delay that is no number": (raising(RetryAfter(math.nan, "busy")), "busy"),
    "a delay in words": (raising(RetryAfter("soon", "busy")), "busy"),
    "an exception that exits when printed": (raising(Evil()), "Evil"),
    "a log field with NUL": (lambda payload, job: job.log("got", **{"a\0b": 1}), None),
    "a log field that is half a character": (lambda payload, job: job.log("got", **{"\ud800": 1}), None),
}


@pytest.mark.parametrize("odd", list(ODD))
def test_an_odd_verdict_harms_no_neighbour(api, sql, monkeypatch, odd):
    function, reason = ODD[odd]
    monkeypatch.setitem(handlers(), "strict", replace(HANDLERS["strict"], function=function, timeout=30))
    job = api.create("strict", {"n": 1}, max_retries=0)
    neighbours = [api.create() for _ in range(5)]
    api.tick()
    assert {api.job(other["id"])["status"] for other in neighbours} == {"completed"}
    row = row_of(sql, job["id"])
    assert row["status"] == ("failed" if reason else "completed")
    assert reason is None or reason in row["failed_reason"]


def test_a_payload_model_that_crashes_fails_its_own_job_only(api, sql, monkeypatch):
    monkeypatch.setitem(handlers(), "strict", replace(HANDLERS["strict"], payload_model=Divides))
    id = insert_job(sql, type="strict", payload={"n": 0})
    neighbour = insert_job(sql)
    api.tick()
    assert (row_of(sql, id)["status"], row_of(sql, neighbour)["status"]) == ("failed", "completed")


EXPIRED = "the lease expired before a result came"


def test_a_value_that_postgres_refuses_after_all_fails_alone(wired, sql):
    from tickwork.engine.report import Report

    ids = [insert_job(sql) for _ in range(3)]
    jobs = {job.id: job for job in wired.store().claim(ids, 30)}
    outcomes = [Outcome(id, 1, "completed", result="{}" if id != ids[1] else '{"a": 1e1000000}') for id in ids]
    wired.runner()._settle(jobs, outcomes, Report())
    assert [row_of(sql, id)["status"] for id in ids] == ["completed", "failed", "completed"]


def test_a_member_that_is_no_id_stops_nothing(api, raw, wired):
    api.tick()
    raw.zadd(wired.index().shards[0].ready, {b"garbage": 0})
    for _ in range(3):
        api.create()
    assert api.tick()["completed"] == 3
    assert raw.zscore(wired.index().shards[0].leased, b"garbage") is None


def test_a_lease_from_a_clock_that_jumped_ends(api, sql, raw, wired):
    api.tick()
    id = insert_job(sql)
    raw.zadd(wired.index().shards[0].leased, {id.bytes: 9_000_000_000_000 * 1000})
    raw.hset(wired.index().shards[0].state, "reconcile_at", 1)
    api.tick()
    assert row_of(sql, id)["status"] == "completed"


def test_a_reconcile_from_a_clock_that_jumped_comes_now(api, sql, raw, wired):
    api.tick()
    raw.hset(wired.index().shards[0].state, "reconcile_at", 9_999_999_999_999)
    id = insert_job(sql)
    api.tick()
    assert row_of(sql, id)["status"] == "completed"


def test_scores_and_times_that_nobody_wrote_are_passed_over(api, raw, wired):
    api.tick()
    raw.zadd(wired.index().shards[0].scheduled, {b"x" * 16: 1e18})
    raw.hset(wired.index().shards[0].state, "ticked_at", "abc")
    assert api("GET", "/health").status_code == 503
    assert api("GET", "/jobs/stats").status_code == 200
    assert api.tick()["next_due_at"] is None
    assert api("GET", "/health").status_code == 200


def test_a_job_that_kills_its_function_takes_no_neighbours_along(wired, sql):
    """Whoever is claimed with it expires with it; from the second time on few are, and none at its last attempt."""
    killer, *innocents = [insert_job(sql, max_retries=3) for _ in range(20)]
    for _ in range(60):
        claimed = [job for job in wired.store().claim([killer, *innocents], 30) if job.status == "in_progress"]
        if killer in [job.id for job in claimed]:
            sql.execute(
                "update tickwork.jobs set lease_expires_at = now() - interval '1 s' where status = 'in_progress'"
            )
        elif claimed:
            wired.store().settle([Outcome(job.id, job.attempt, "completed") for job in claimed])
    assert {row_of(sql, id)["status"] for id in innocents} == {"completed"}
    assert (row_of(sql, killer)["status"], row_of(sql, killer)["attempt"]) == ("failed", 4)


def test_a_killed_process_costs_each_job_in_its_hands_a_try(wired, sql):
    """Which of them had begun nobody can say without a write for each start; docs/RELIABILITY.md has what follows."""
    last, more = insert_job(sql, max_retries=0), insert_job(sql, max_retries=1)
    assert len(wired.store().claim([last, more], 30)) == 2  # and here the process dies, before any handler
    sql.execute("update tickwork.jobs set lease_expires_at = now() - interval '1 s'")
    assert {job.status for job in wired.store().claim([last, more], 30)} == {"failed", "in_progress"}
    ended, goes_on = row_of(sql, last), row_of(sql, more)
    assert (ended["status"], ended["failed_reason"]) == ("failed", EXPIRED)
    assert (goes_on["retries"], goes_on["attempt"]) == (1, 2)


def test_whoever_expired_twice_holds_up_nobody(api, wired, sql):
    """A function killed twice with a full batch leaves many suspects; a tick still works off all that is due."""
    suspects = [
        insert_job(sql, "in_progress", lease=-1, retries=1, failed_reason=EXPIRED, max_retries=9) for _ in range(45)
    ]
    others = [insert_job(sql) for _ in range(5)]
    ids = [*suspects, *others]
    assert {job.id for job in wired.store().claim(ids, 0)} == set(others)
    assert len(wired.store().claim(suspects, 0)) == 20
    assert sum(api.tick()["completed"] for _ in range(2)) == 50


def test_a_job_that_expired_for_good_counts_as_failed(api, sql):
    insert_job(sql, "in_progress", lease=-1, max_retries=0)
    api.tick()
    points = api("GET", "/jobs/stats").json["throughput"]["points"]
    assert sum(point["failed"] for point in points) == 1


def test_a_job_cancelled_before_its_turn_in_a_batch_does_not_start(api, wired, sql, monkeypatch):
    monkeypatch.setenv("TICK_CONCURRENCY", "1")
    monkeypatch.setenv("LEASE_SECONDS", "1")
    GATES["first"] = threading.Event()
    first = api.create("gated", {"gate": "first"}, priority=9)
    second = api.create()
    ticking = threading.Thread(target=api.tick)
    ticking.start()
    while (first["id"], 1) not in RUNS:
        pass
    api("PUT", f"/jobs/{second['id']}/cancel")
    deadline = time.monotonic() + 20
    while row_of(sql, second["id"])["status"] == "in_progress" and time.monotonic() < deadline:
        pass  # the next renewal of the batch's leases sees it
    GATES["first"].set()
    ticking.join()
    assert row_of(sql, second["id"])["status"] == "cancelled"
    assert second["id"] not in [id for id, _ in RUNS]


def test_no_handler_starts_after_the_budget_while_postgres_is_away(api, wired, monkeypatch):
    monkeypatch.setenv("TICK_BUDGET_SECONDS", "0.3")
    monkeypatch.setenv("TICK_CONCURRENCY", "1")
    began, starts, settle = time.monotonic(), [], wired.store().settle

    def slow(payload, job):
        starts.append(time.monotonic() - began)
        threading.Event().wait(0.05)

    def away(outcomes):
        if time.monotonic() - began < 2:
            raise Unavailable("away")
        return settle(outcomes)

    monkeypatch.setitem(handlers(), "ok", replace(HANDLERS["ok"], function=slow))
    api("POST", "/jobs", json=[{"type": "ok"}] * 60)
    monkeypatch.setattr(wired.store(), "settle", away)
    wired.batch_size().limit = 60
    report = api.tick()
    assert report["released"] > 0
    assert report["completed"] == len(starts) < 40


def test_postgres_away_right_after_a_claim_loses_no_claimed_job(api, wired, sql, monkeypatch):
    job, gone = api.create(max_retries=0), api.create()
    sql.execute("update tickwork.jobs set status = 'cancelled' where id = %s", [gone["id"]])

    def away(_):
        raise Unavailable("away for a moment")

    monkeypatch.setattr(wired.store(), "standing", away)
    assert api.tick()["completed"] == 1
    assert api.job(job["id"])["status"] == "completed"


def test_nobody_is_told_that_no_tick_comes_while_redis_is_away(api, wired):
    api.tick()
    wired.index()._servers._down_until["redis"] = time.monotonic() + 60
    api.tick()
    job = api.create()
    stats = api("GET", "/jobs/stats").json
    assert (stats["tick"]["silent"], stats["degraded"]) == (False, ["redis"])
    assert "no tick" not in api.job(job["id"])["why"]
    assert api("GET", "/health").json["status"] == "degraded"


def test_a_disk_that_is_full_for_a_moment_costs_no_second_run(api, sql):
    """53100 comes after the work is done: the outcome waits for room."""
    job = api.create()
    refuse = "begin raise 'full' using errcode = '53100'; end"
    sql.execute(f"create function pg_temp.no_room() returns trigger language plpgsql as $${refuse}$$")
    where = "before insert on tickwork.job_attempts for each row"
    sql.execute(f"create trigger no_room {where} execute function pg_temp.no_room()")
    room = threading.Timer(1, sql.execute, ["drop trigger no_room on tickwork.job_attempts"])
    room.start()
    answer = api("POST", "/tick")
    room.join()
    assert answer.json["completed"] == 1
    assert api.job(job["id"])["attempt"] == 1


def test_suspects_are_left_to_others_once_the_process_is_to_end(api, sql, monkeypatch):
    for _ in range(3):  # at their last attempt each is claimed alone
        insert_job(sql, "in_progress", lease=-1, retries=2, failed_reason=EXPIRED, max_retries=3)
    for part in ("tick", "runner"):
        monkeypatch.setattr(f"tickwork.engine.{part}.stopping", lambda: True)
    assert api.tick()["completed"] == 1


@contextmanager
def redis_away(wired):
    """As after a failure: nobody asks it."""
    wired.index()._servers._down_until[ONLY] = time.monotonic() + 60
    yield
    wired.index()._servers._down_until.clear()


def test_what_was_created_while_redis_was_away_is_indexed_once_it_is_back(api, wired):
    """By the tick after the next word to the index, not at the end of the reconcile period."""
    api.tick()
    with redis_away(wired):
        api.create()
    assert api.tick()["completed"] == 0
    api.create()
    assert api.tick()["completed"] == 2
    api.create()
    assert wired.index().take(1, 30, 60).reconcile == 0, "once is enough"


def test_an_index_that_came_back_empty_is_compared_with_every_row(api, wired):
    api.tick()
    with redis_away(wired):
        api.create(delay_seconds=3600)
    connections.redis_client().flushdb()
    api.create(delay_seconds=3600)
    assert wired.index().take(1, 30, 60).reconcile == 2
