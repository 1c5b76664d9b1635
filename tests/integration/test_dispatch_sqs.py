"""DISPATCH=sqs: batches go through a real queue (moto's server) and a bridge to run_jobs."""

import httpx
import pytest

from infra.local.bridge import carry
from infra.local.prepare import bearer
from tests.integration.factory import row_of
from tests.integration.handlers import RUNS
from tests.integration.test_dispatch import run_jobs  # noqa: F401
from tickwork.auth.gate import gate
from tickwork.stores.aws import aws_client


@pytest.fixture
def queue(aws, wired, monkeypatch):
    """boto3's client of a queue of its own, which DISPATCH=sqs is set to use."""
    for name, value in {
        "AWS_ENDPOINT_URL": aws,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "DISPATCH": "sqs",
        "RUN_JOBS_QUEUE_URL": f"{aws}/123456789012/batches",
        "QUEUE_DEPTH": "1",
        "TICK_SECRET": "what-a-tick-shows-to-run-jobs",
    }.items():
        monkeypatch.setenv(name, value)
    wired.settings.cache_clear()
    gate.cache_clear()
    client = aws_client("sqs", wired.settings())
    client.create_queue(QueueName="batches")
    yield client
    client.delete_queue(QueueUrl=wired.settings().run_jobs_queue_url)


@pytest.fixture
def bridge(queue, wired, run_jobs):  # noqa: F811
    def step(address: str = run_jobs) -> int:
        chosen = wired.settings()
        with httpx.Client(trust_env=False, timeout=20, headers=bearer(chosen.tick_secret)) as client:
            return carry(queue, chosen.run_jobs_queue_url, client, address)

    return step


def test_a_batch_reaches_run_jobs_through_the_queue(api, bridge, sql):
    RUNS.clear()
    jobs = [api.create() for _ in range(3)]
    report = api.tick()
    assert (report["taken"], report["handed_over"], report["completed"]) == (3, 3, 0)
    assert bridge() == 1
    assert {row_of(sql, job["id"])["status"] for job in jobs} == {"completed"}
    assert bridge() == 0, "a message that was taken is gone"


def test_a_batch_that_comes_twice_runs_once(api, bridge, queue, wired):
    RUNS.clear()
    job = api.create()
    api.tick()
    chosen = wired.settings()
    body = queue.receive_message(QueueUrl=chosen.run_jobs_queue_url, VisibilityTimeout=0)["Messages"][0]["Body"]
    queue.send_message(QueueUrl=chosen.run_jobs_queue_url, MessageBody=body)
    assert sum(bridge() for _ in range(2)) == 2
    assert [*RUNS] == [(job["id"], 1)]


def test_a_full_queue_gets_no_more_and_keeps_nothing_back(api, bridge, sql):
    first = api.create()
    assert api.tick()["handed_over"] == 1
    second = api.create()
    assert api.tick()["handed_over"] == 0
    assert bridge() == 1
    assert api.tick()["handed_over"] == 1, "it did not wait for a lease to end"
    assert bridge() == 1
    assert {row_of(sql, job["id"])["status"] for job in (first, second)} == {"completed"}


def test_a_queue_that_is_away_loses_nothing(api, bridge, wired, monkeypatch, sql):
    job = api.create()
    monkeypatch.setenv("RUN_JOBS_QUEUE_URL", "http://127.0.0.1:1/123456789012/batches")
    monkeypatch.setattr("tickwork.stores.aws._clients", {})
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    wired.settings.cache_clear()
    assert api.tick()["degraded"] == ["queue"]
    monkeypatch.undo()
    assert row_of(sql, job["id"])["attempt"] == 0


def test_run_jobs_away_brings_the_message_back(api, bridge, sql, queue, wired):
    job = api.create()
    api.tick()
    with pytest.raises(httpx.ConnectError):
        bridge("http://127.0.0.1:1/run")
    url = wired.settings().run_jobs_queue_url
    told = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
    assert told["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1", "it comes again after its time-out"
    assert row_of(sql, job["id"])["status"] == "pending"


def test_sqs_without_a_queue_is_said_clearly(api, wired, monkeypatch):
    monkeypatch.setenv("DISPATCH", "sqs")
    monkeypatch.delenv("RUN_JOBS_QUEUE_URL", raising=False)
    wired.settings.cache_clear()
    answer = api("POST", "/tick")
    assert (answer.status_code, "RUN_JOBS_QUEUE_URL" in answer.json["detail"]) == (503, True)
