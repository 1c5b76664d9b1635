"""GET /metrics: what it says is what happened; its counters never fall; its cost does not grow with the table."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.factory import insert_job
from tests.integration.handlers import GATES, HANDLERS, Anything
from tickwork.core.context import JobContext
from tickwork.core.handler import handlers


@pytest.fixture
def scrape(api: Any) -> Any:
    """{(sample name, sorted labels): value} of an answer, as Prometheus's own parser reads it."""

    def scraped() -> dict[tuple[Any, ...], float]:
        answer = api("GET", "/metrics")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        families = text_string_to_metric_families(answer.text)
        return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}

    return scraped


def test_it_says_what_happened(api: Any, scrape: Any) -> None:
    for type in ("ok", "ok", "permanent", "fails"):
        api.create(type)
    api.create("ok", delay_seconds=60)
    before = time.time()
    api.tick()
    said = scrape()
    assert said["tickwork_jobs", ("status", "completed"), ("type", "ok")] == 2
    assert said["tickwork_jobs", ("status", "pending"), ("type", "ok")] == 1
    assert said["tickwork_jobs", ("status", "failed"), ("type", "permanent")] == 1
    assert said["tickwork_attempts_total", ("outcome", "completed"), ("type", "ok")] == 2
    assert said["tickwork_attempts_total", ("outcome", "retry"), ("type", "fails")] == 1
    assert said["tickwork_attempts_total", ("outcome", "failed"), ("type", "permanent")] == 1
    assert said["tickwork_wait_seconds_bucket", ("le", "+Inf"), ("type", "ok")] == 2
    assert said["tickwork_run_seconds_bucket", ("le", "0.001"), ("type", "ok")] <= 2
    assert said["tickwork_run_seconds_bucket", ("le", "16777.216"), ("type", "ok")] == 2
    assert said["tickwork_due_jobs",] == said["tickwork_oldest_due_seconds",] == 0
    assert before - 1 <= said["tickwork_last_tick_timestamp_seconds",] <= time.time() + 1
    assert said["tickwork_store_up", ("store", "redis")] == said["tickwork_store_up", ("store", "postgres")] == 1


def test_a_retry_that_was_to_stop_is_told_as_cancelled_everywhere(
    api: Any, scrape: Any, wired: Any, monkeypatch: Any, capsys: Any
) -> None:
    def fails(payload: Anything, job: JobContext) -> None:
        wired.store().cancel([job.id])
        raise ValueError("boom")

    monkeypatch.setitem(handlers(), "fails", replace(HANDLERS["fails"], function=fails))
    job = api.create("fails")
    capsys.readouterr()
    report = api.tick()
    assert (report["cancelled"], report["retried"]) == (1, 0)
    said = scrape()
    assert said["tickwork_attempts_total", ("outcome", "cancelled"), ("type", "fails")] == 1
    assert said["tickwork_attempts_total", ("outcome", "retry"), ("type", "fails")] == 0
    (line,) = (line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "job_id" in line)
    assert (line["event"], line["message"]) == ("attempt.cancelled", "ValueError: boom")
    job = api.job(job["id"])
    assert [job["status"], *(attempt["outcome"] for attempt in job["attempts"])] == ["cancelled", "cancelled"]


def test_what_is_late_is_seen(api: Any, scrape: Any, sql: Any) -> None:
    insert_job(sql, due_in=-90)
    said = scrape()
    assert said["tickwork_due_jobs",] == 1
    assert 90 <= said["tickwork_oldest_due_seconds",] < 100


def test_repairs_and_refused_results_are_counted(api: Any, scrape: Any, sql: Any, wired: Any) -> None:
    import threading

    insert_job(sql, due_in=3600)
    api.tick()  # the index is new: what it lacks is put into it
    assert scrape()["tickwork_reconcile_repairs_total",] == 1
    gate = GATES["late"] = threading.Event()
    job = api.create("gated", {"gate": "late"})
    ticking = threading.Thread(target=api.tick)
    ticking.start()
    while api.job(job["id"])["status"] != "in_progress":
        time.sleep(0.01)
    sql.execute("update tickwork.jobs set attempt = attempt + 1 where id = %s", [job["id"]])
    gate.set()
    ticking.join()
    assert scrape()["tickwork_refused_settles_total",] == 1


def test_counters_stay_when_minutes_are_forgotten(api: Any, scrape: Any, sql: Any, wired: Any) -> None:
    api.create()
    api.tick()
    wired.store().fold()
    first = scrape()
    for age in ("2 minutes", "3 hours", "40 days"):
        _grow_older(sql, age)
        wired.store().fold()
        api.create()
        api.tick()
    _grow_older(sql, "40 days")
    wired.store().fold()
    assert sql.execute("select count(*) from tickwork.job_throughput").fetchone() == (0,)
    said = scrape()
    key = ("tickwork_attempts_total", ("outcome", "completed"), ("type", "ok"))
    assert (first[key], said[key]) == (1, 4)
    assert said["tickwork_wait_seconds_bucket", ("le", "+Inf"), ("type", "ok")] == 4


def _grow_older(sql: Any, age: str) -> None:
    for table in ("job_throughput", "totals_until"):
        sql.execute(f"update tickwork.{table} set minute = minute - %s::interval", [age])


def test_without_redis_it_says_so(api: Any, scrape: Any, monkeypatch: Any, wired: Any) -> None:
    api.tick()
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    wired.settings.cache_clear()
    wired.index.cache_clear()
    assert scrape()["tickwork_store_up", ("store", "redis")] == 0


def test_nothing_of_it_is_imported_before_it_is_asked_for() -> None:
    import subprocess
    import sys

    code = "import sys, tickwork.api.queries; print([m for m in sys.modules if m.startswith('prometheus')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_its_cost_is_that_of_its_figures_not_of_the_jobs(api: Any, sql: Any, scrape: Any) -> None:
    """A plan that read the table would touch its pages; a hundred thousand jobs have over ten thousand of them."""
    sql.execute(
        "insert into tickwork.jobs (id, type, status, completed_at)"
        " select gen_random_uuid(), 'ok', 'completed', now() from generate_series(1, 100000)"
    )
    sql.execute("analyze tickwork.jobs")
    read = "select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables where relname = 'jobs'"
    sql.execute("select pg_stat_force_next_flush()")
    before = sql.execute(read).fetchone()[0]
    assert scrape()["tickwork_jobs", ("status", "completed"), ("type", "ok")] == 100_000
    time.sleep(1.1)  # the statistics of another session come with its next statement, at most once a second
    scrape()
    assert sql.execute(read).fetchone()[0] - before < 1000
