"""DISPATCH=http: the tick hands batches to a real run_jobs over HTTP; one that is away costs no job, and no lease."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.integration.handlers import RUNS
from tickwork.auth.gate import gate


@contextmanager
def served(app):
    """The address of /run of `app` behind a real server."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/run"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def run_jobs(apps):
    with served(apps["run_jobs"]) as url:
        yield url


@pytest.fixture
def dispatch_to(wired, monkeypatch):
    def choose(url: str) -> None:
        monkeypatch.setenv("DISPATCH", "http")
        monkeypatch.setenv("RUN_JOBS_URL", url)
        monkeypatch.setenv("TICK_SECRET", "what-a-tick-shows-to-run-jobs")
        wired.settings.cache_clear()
        gate.cache_clear()

    return choose


def test_run_jobs_does_the_work(api, run_jobs, dispatch_to):
    RUNS.clear()
    dispatch_to(run_jobs)
    jobs = [api.create() for _ in range(3)] + [api.create("fails")]
    report = api.tick()
    assert (report["taken"], report["completed"], report["retried"], report["degraded"]) == (4, 3, 1, [])
    assert {run for run, _ in RUNS} == {job["id"] for job in jobs}


def test_a_run_jobs_that_is_away_loses_nothing_and_costs_no_lease(api, run_jobs, dispatch_to, wired, raw):
    job = api.create()
    dispatch_to("http://127.0.0.1:1/run")
    assert api.tick()["degraded"] == ["run_jobs"]
    assert api.job(job["id"])["attempt"] == 0
    assert (raw.zcard(wired.index().shards[0].ready), raw.zcard(wired.index().shards[0].leased)) == (1, 0)
    dispatch_to(run_jobs)
    assert api.tick()["completed"] == 1


def test_a_run_jobs_that_dies_with_a_batch_keeps_what_it_had_claimed(api, run_jobs, dispatch_to, wired, raw):
    """The ids are put back although they had arrived: the next claim finds them taken, and the index follows that."""
    job = api.create()

    def dies(request):
        wired.store().claim([UUID(job["id"])], 30)
        return Response("out of memory", 500)

    with served(Request.application(dies)) as url:
        dispatch_to(url)
        assert api.tick()["degraded"] == ["run_jobs"]
    dispatch_to(run_jobs)
    assert api.tick()["completed"] == 0
    assert api.job(job["id"])["attempt"] == 1
    assert (raw.zcard(wired.index().shards[0].ready), raw.zcard(wired.index().shards[0].leased)) == (0, 1)


@pytest.mark.parametrize("answer", ["<p>It works!</p>", "[]", "{}", "null"])
def test_what_is_no_run_jobs_counts_as_away(api, dispatch_to, answer):
    api.create()
    with served(Response(answer)) as url:
        dispatch_to(url)
        assert api.tick()["degraded"] == ["run_jobs"]


def test_ids_handed_over_twice_run_once(api, run_jobs, wired):
    RUNS.clear()
    job = api.create()
    answers = [api("POST", "/run", json={"ids": [job["id"], job["id"]]}).json for _ in range(2)]
    assert [answer["claimed"] for answer in answers] == [1, 0]
    assert [*RUNS] == [(job["id"], 1)]


def test_run_jobs_passes_over_what_is_not_due(api, wired):
    later = api.create(scheduled_at=datetime(2100, 1, 1, tzinfo=UTC).isoformat())
    answer = api("POST", "/run", json={"ids": [later["id"]]}).json
    assert (answer["claimed"], answer["completed"]) == (0, 0)
    assert api.job(later["id"])["status"] == "pending"


def test_http_without_an_address_is_said_clearly(api, dispatch_to):
    dispatch_to("")
    answer = api("POST", "/tick")
    assert answer.status_code == 503
    assert "RUN_JOBS_URL" in answer.json["detail"]
