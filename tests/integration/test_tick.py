"""Whole ticks over both stores: retries, rescue, two at once, lost index, budget, timeouts, and the handler zoo."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import reduce
from uuid import UUID

import pytest

from tests.integration.factory import insert_job, row_of
from tests.integration.handlers import GATES, HANDLERS, RUNS, raising
from tickwork.core.handler import handlers
from tickwork.stores.postgres.database import statement


def make_due(api, job):
    assert api("PATCH", f"/jobs/{job['id']}", json={"delay_seconds": 0}).status_code == 200


def test_a_failing_job_is_retried_with_growing_delays_then_failed(api, sql):
    """The original lost every retried job: it re-added the id to its sorted set and then removed it."""
    job = api.create("fails", max_retries=3)
    bounds = []
    for _ in range(3):
        assert api.tick()["retried"] == 1
        row = row_of(sql, job["id"])
        assert row["status"] == "pending"
        bounds.append(HANDLERS["fails"].backoff.bound(row["retries"] - 1))
        assert 0 <= (row["scheduled_at"] - row["updated_at"]).total_seconds() <= bounds[-1]
        make_due(api, job)
    assert bounds == [5_000, 10_000, 20_000]
    assert api.tick()["failed"] == 1
    detail = api.job(job["id"])
    assert (detail["status"], detail["failed_reason"]) == ("failed", "ValueError: boom")
    assert [a["outcome"] for a in detail["attempts"]] == ["failed", "retry", "retry", "retry"]
    error = detail["attempts"][0]["error"]
    assert "Traceback" in error
    assert 'File "tests/integration/handlers.py"' in error, "paths are those of imports, not of this host"
    assert [run for run, _ in RUNS] == [job["id"]] * 4


def test_permanent_and_retry_after_and_cancelled(api, sql):
    jobs = {type: api.create(type) for type in ("permanent", "later", "stops")}
    report = api.tick()
    assert (report["failed"], report["retried"], report["cancelled"]) == (1, 1, 1)
    assert api.job(jobs["permanent"]["id"])["failed_reason"] == "no such customer"
    row = row_of(sql, jobs["later"]["id"])
    assert 119 < (row["scheduled_at"] - row["updated_at"]).total_seconds() <= 120
    assert api.job(jobs["stops"]["id"])["status"] == "cancelled"


def test_a_cancelled_job_never_runs(api):
    job = api.create()
    api("PUT", f"/jobs/{job['id']}/cancel")
    assert api.tick()["completed"] == 0
    assert RUNS == []


def test_a_job_is_not_run_before_it_is_due(api):
    api.create(delay_seconds=60)
    report = api.tick()
    assert (report["taken"], RUNS) == (0, [])
    assert report["next_due_at"]


def test_jobs_of_a_killed_tick_come_back(api, wired, raw):
    """Killed after the take and after the claim: the leases in both stores bring the jobs back."""
    jobs = [api.create() for _ in range(2)]
    taken = wired.index().take(10, 30, 60)
    wired.store().claim(taken.ids[:1], 30)
    assert api.tick()["completed"] == 0
    for id, score in raw.zrange(wired.index().shards[0].leased, 0, -1, withscores=True):
        raw.zadd(wired.index().shards[0].leased, {id: score - 31_000 * 1024})
    with wired.database().connection() as connection:
        connection.execute(
            "update tickwork.jobs set lease_expires_at = now() - interval '1 s' where status = 'in_progress'"
        )
    report = api.tick()
    assert (report["completed"], report["rescued"]) == (2, 1)
    assert {api.job(job["id"])["status"] for job in jobs} == {"completed"}


def test_two_ticks_at_once_run_each_job_once(api):
    ids = {job["id"] for job in api("POST", "/jobs", json=[{"type": "ok"}] * 500).json["items"]}
    barrier = threading.Barrier(4)

    def tick(_):
        barrier.wait()
        return api.tick()

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(tick, range(4)))
    assert sum(report["completed"] for report in reports) == 500
    assert sorted(id for id, _ in RUNS) == sorted(ids)


def test_two_claims_of_the_same_ids_share_them(wired, sql):
    """Even when Redis hands out the same ids twice, Postgres gives each to one claimer."""
    ids = [insert_job(sql) for _ in range(300)]
    barrier = threading.Barrier(4)

    def claim(order):
        barrier.wait()
        return [job.id for job in wired.store().claim(order, 30)]

    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(claim, [ids, ids[::-1], ids, ids[::-1]]))
    assert sorted(id for claim in claims for id in claim) == sorted(ids)


def test_flushall_loses_nothing(api, raw):
    jobs = [api.create() for _ in range(3)]
    later = api.create(delay_seconds=3600)
    raw.flushdb()
    report = api.tick()
    assert (report["reconciled"], report["completed"]) == (4, 3)
    assert {api.job(job["id"])["status"] for job in jobs} == {"completed"}
    assert raw.zscore("tickwork:{0}:scheduled", UUID(later["id"]).bytes)


def test_redis_down_at_create_and_at_tick(api, wired, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    for part in (wired.settings, wired.index, wired.runner):
        part.cache_clear()
    job = api.create()
    report = api.tick()
    assert (report["completed"], report["degraded"]) == (1, ["redis"])
    assert api.job(job["id"])["status"] == "completed"
    health = api("GET", "/health")
    assert (health.status_code, health.json["status"]) == (200, "degraded")


def test_jobs_that_did_not_get_their_turn_are_released_unharmed(api, wired, monkeypatch, sql):
    monkeypatch.setenv("TICK_CONCURRENCY", "1")
    monkeypatch.setenv("TICK_BUDGET_SECONDS", "2")
    for part in (wired.settings, wired.runner, wired.batch_size):
        part.cache_clear()
    GATES["slow"] = threading.Event()
    first = api.create("gated", {"gate": "slow"}, priority=9)
    second = api.create("ok")

    def went_back():
        row = row_of(sql, second["id"])
        return (row["status"], row["attempt"]) == ("pending", 1)

    with ThreadPoolExecutor(1) as pool:
        ticking = pool.submit(api.tick)
        while not (ticking.done() or went_back()):
            pass
        GATES["slow"].set()
        report = ticking.result()
    assert (report["completed"], report["released"]) == (1, 1)
    row = row_of(sql, second["id"])
    assert (row["status"], row["retries"], row["attempt"]) == ("pending", 0, 1)
    assert api.job(second["id"])["attempts"] == []
    assert api.tick()["completed"] == 1
    assert api.job(first["id"])["status"] == "completed"


def test_a_hung_handler_is_given_up_and_its_late_result_refused(api, wired, monkeypatch, sql):
    monkeypatch.setitem(handlers(), "gated", replace(HANDLERS["gated"], timeout=0.05))
    wired.runner.cache_clear()
    GATES["hung"] = threading.Event()
    job = api.create("gated", {"gate": "hung"})
    quick = api.create("ok")
    assert api.tick()["retried"] == 1
    assert api.job(quick["id"])["status"] == "completed"
    GATES["hung"].set()
    row = row_of(sql, job["id"])
    assert (row["status"], row["failed_reason"], row["result"]) == ("pending", "timed out after 0.05 s", None)


def test_concurrency_of_a_type_is_bounded(api, wired, monkeypatch):
    monkeypatch.setitem(handlers(), "gated", replace(HANDLERS["gated"], max_concurrency=1))
    wired.runner.cache_clear()
    GATES["one"] = threading.Event()
    for _ in range(3):
        api.create("gated", {"gate": "one"}, priority=1)
    api.create("ok")
    with ThreadPoolExecutor(1) as pool:
        ticking = pool.submit(api.tick)
        while len(RUNS) < 2:  # one gated and, not held up behind the others, the ok one
            pass
        assert len(RUNS) == 2
        GATES["one"].set()
        assert ticking.result()["completed"] == 4


def test_a_running_job_learns_that_it_shall_stop(api, wired, monkeypatch):
    monkeypatch.setenv("LEASE_SECONDS", "1")
    for part in (wired.settings, wired.runner):
        part.cache_clear()
    started = threading.Event()

    def patient(payload, job):
        job.progress(0.5, "half")
        started.set()
        while job.seconds_left:
            job.check()

    monkeypatch.setitem(handlers(), "ok", replace(HANDLERS["ok"], function=patient))
    job = api.create("ok")
    with ThreadPoolExecutor(1) as pool:
        ticking = pool.submit(api.tick)
        assert started.wait(10)
        answer = api("PUT", f"/jobs/{job['id']}/cancel")
        assert (answer.json["status"], bool(answer.json["cancel_requested_at"])) == ("in_progress", True)
        assert ticking.result()["cancelled"] == 1
    assert api.job(job["id"])["status"] == "cancelled"


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no")


def _cyclic():
    knot = []
    knot.append(knot)
    return knot


def _deep():
    return reduce(lambda inner, _: [inner], range(200), 1)


ZOO = {
    "nan": (lambda payload, job: {"x": float("nan")}, "failed", "finite"),
    "nul": (lambda payload, job: {"x": "a\0b"}, "failed", "NUL"),
    "surrogate": (lambda payload, job: {"x": "\ud800"}, "failed", "cannot be stored"),
    "cycle": (lambda payload, job: _cyclic(), "failed", "cannot be stored"),
    "object": (lambda payload, job: object(), "failed", "cannot be stored"),
    "huge": (lambda payload, job: {"x": "y" * 10_000_000}, "completed", None),
    "big number": (lambda payload, job: {"x": 10**400}, "failed", "digits"),
    "deep": (lambda payload, job: _deep(), "failed", "deep"),
    "unprintable": (raising(Unprintable()), "failed", "Unprintable"),
    "nul in error": (raising(ValueError("a\0b\ud800")), "failed", "ValueError"),
    "long error": (raising(ValueError("y" * 1_000_000)), "failed", "yyy"),
    "system exit": (raising(SystemExit(3)), "failed", "SystemExit"),
    "stop iteration": (raising(StopIteration()), "failed", "StopIteration"),
    "keyboard interrupt": (raising(KeyboardInterrupt()), "failed", "KeyboardInterrupt"),
    "wrong logs": (lambda payload, job: job.log("\0\ud800", x=Unprintable()), "completed", None),
}  # fmt: skip


@pytest.mark.parametrize("animal", list(ZOO))
def test_whatever_a_handler_does_its_neighbours_run(api, monkeypatch, animal):
    function, status, reason = ZOO[animal]
    monkeypatch.setitem(handlers(), "strict", replace(HANDLERS["strict"], function=function))
    neighbours = [api.create("ok") for _ in range(2)]
    odd = api.create("strict", {"n": 1}, max_retries=0)
    api.tick()
    assert {api.job(job["id"])["status"] for job in neighbours} == {"completed"}
    detail = api.job(odd["id"])
    assert detail["status"] == status
    assert reason is None or reason in detail["failed_reason"]


def test_unknown_type_and_stale_payload_fail_with_a_reason(api, sql):
    gone = insert_job(sql, type="was_removed")
    stale = insert_job(sql, type="strict", payload={"m": 1})
    fine = api.create("ok")
    report = api.tick()
    assert (report["completed"], report["failed"]) == (1, 2)
    assert "no handler for type 'was_removed'; known: " in row_of(sql, gone)["failed_reason"]
    assert "n: Field required" in row_of(sql, stale)["failed_reason"]
    assert api.job(fine["id"])["status"] == "completed"


def test_an_idle_tick_touches_no_table(api, wired, monkeypatch):
    api.tick()

    def no_sql():
        raise AssertionError("an idle tick used Postgres")

    monkeypatch.setattr(wired.database(), "connection", no_sql)
    for _ in range(3):
        assert api.tick()["taken"] == 0


def test_counts_follow_every_change(api, sql):
    jobs = [api.create() for _ in range(3)] + [api.create("permanent")]
    api("PUT", f"/jobs/{jobs[0]['id']}/cancel")
    api.tick()
    sql.execute("delete from tickwork.jobs where id = %s", [jobs[1]["id"]])
    expected = {"pending": 0, "in_progress": 0, "completed": 1, "failed": 1, "cancelled": 1}
    assert api("GET", "/jobs/stats").json["counts"] == expected
    sql.execute("update tickwork.jobs set created_at = created_at")
    for name in ("fold_counts", "fold_throughput"):
        sql.execute(statement(name))
    assert api("GET", "/jobs/stats").json["counts"] == expected
