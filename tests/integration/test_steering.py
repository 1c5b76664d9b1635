"""Bulk cancel and retry, moving a waiting job, and what each is told when it comes too late."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import redis

from tests.integration.factory import insert_job, row_of
from tests.integration.handlers import RUNS


@pytest.fixture
def one_of_each(sql):
    return {
        status: insert_job(sql, status) for status in ("pending", "in_progress", "completed", "failed", "cancelled")
    }


def test_cancel_many_by_filter(api, sql, one_of_each):
    answer = api("PUT", "/jobs/cancel", json={"filter": {"type": ["ok"]}}).json
    assert answer == {"matched": 2, "changed": 1, "requested": 1, "skipped": 0, "more": False}
    assert row_of(sql, one_of_each["pending"])["status"] == "cancelled"
    assert row_of(sql, one_of_each["in_progress"])["cancel_requested_at"]
    assert api("PUT", "/jobs/cancel", json={"filter": {"type": ["ok"]}}).json["matched"] == 0


def test_a_status_named_twice_narrows_as_once(api, sql, one_of_each):
    filter = {"status": ["in_progress", "in_progress"], "type": ["ok", "ok"]}
    answer = api("PUT", "/jobs/cancel", json={"filter": filter, "expected": 1}).json
    assert answer == {"matched": 1, "changed": 0, "requested": 1, "skipped": 0, "more": False}
    assert row_of(sql, one_of_each["pending"])["status"] == "pending"


def test_retry_many_by_ids_passes_over_what_cannot_be(api, sql, one_of_each):
    ids = [str(id) for id in one_of_each.values()] + [str(uuid4())]
    answer = api("PUT", "/jobs/retry", json={"ids": ids}).json
    assert answer == {"matched": 6, "changed": 2, "requested": 0, "skipped": 4, "more": False}
    assert api.tick()["completed"] == 3


def test_a_filter_that_matches_more_than_expected_is_refused(api, sql):
    for _ in range(3):
        insert_job(sql, "failed")
    answer = api("PUT", "/jobs/retry", json={"filter": {"status": ["failed"]}, "expected": 2})
    assert answer.status_code == 409
    assert api("GET", "/jobs/count?status=failed").json["count"] == 3
    assert api("PUT", "/jobs/retry", json={"filter": {"status": ["failed"]}, "expected": 3}).json["changed"] == 3


def test_bulk_goes_on_until_nothing_is_left(api, sql, monkeypatch):
    monkeypatch.setattr("tickwork.jobs.control.MAX_JOBS", 2)
    for _ in range(5):
        insert_job(sql)
    calls = []
    while not calls or calls[-1]["more"]:
        calls.append(api("PUT", "/jobs/cancel", json={"filter": {}}).json)
    assert [call["changed"] for call in calls] == [2, 2, 1]


@pytest.mark.parametrize("status", ["in_progress", "completed", "failed", "cancelled"])
def test_only_a_waiting_job_can_be_moved(api, one_of_each, status):
    answer = api("PATCH", f"/jobs/{one_of_each[status]}", json={"priority": 5})
    assert (answer.status_code, answer.json["errors"][0]["message"]) == (409, f"is {status}")


def test_moving_a_job_moves_it_in_the_index(api, wired, valkey):
    job = api.create(delay_seconds=3600)
    assert api("PATCH", f"/jobs/{job['id']}", json={"delay_seconds": 0, "priority": 7}).json["priority"] == 7
    assert api.tick()["completed"] == 1
    ready = api.create()
    wired.index().take(0, 30, 60)  # promotes it to the ready ones
    api("PATCH", f"/jobs/{ready['id']}", json={"delay_seconds": 3600})
    with redis.Redis.from_url(valkey) as raw:
        assert raw.zcard(wired.index().shards[0].ready) == 0
        assert raw.zcard(wired.index().shards[0].scheduled) == 1


def test_a_cancelled_waiting_job_leaves_the_index(api, wired, valkey):
    job = api.create(delay_seconds=3600)
    api("PUT", f"/jobs/{job['id']}/cancel")
    with redis.Redis.from_url(valkey) as raw:
        assert raw.zcard(wired.index().shards[0].scheduled) == 0


@pytest.mark.parametrize(
    "call", [("PUT", "/jobs/{}/cancel", None), ("PUT", "/jobs/{}/retry", None), ("PATCH", "/jobs/{}", {"priority": 1})]
)
def test_an_unknown_id_is_not_found(api, call):
    method, path, body = call
    assert api(method, path.format(uuid4()), json=body).status_code == 404


def test_cancel_against_claim_has_one_winner(api, wired, sql):
    """After an answer of `cancelled` no attempt starts; a claim that came first is only asked to stop."""
    RUNS.clear()
    ids = [insert_job(sql) for _ in range(200)]
    barrier = threading.Barrier(2)

    def in_step(order):
        """Neither is done before the other has had its first."""
        for place, id in enumerate(order):
            if place < 2:
                barrier.wait(20)
            yield id

    def cancel():
        rows = [row for id in in_step(ids) for row in wired.store().cancel([id])]
        return {row["id"] for row in rows if row["status"] == "cancelled"}

    def claim():
        return {job.id for id in in_step(ids[::-1]) for job in wired.store().claim([id], 30)}

    with ThreadPoolExecutor(2) as pool:
        cancelled, claimed = pool.submit(cancel), pool.submit(claim)
    assert not cancelled.result() & claimed.result()
    assert cancelled.result() | claimed.result() == set(ids)
    assert cancelled.result()
    assert claimed.result()


def test_a_cancel_is_undone_without_running_early(api, sql):
    """A retry with a time of its own: the job is never due in between."""
    job = api.create(delay_seconds=3600)
    api("PUT", f"/jobs/{job['id']}/cancel")
    undone = api("PUT", f"/jobs/{job['id']}/retry", json={"scheduled_at": job["scheduled_at"]}).json
    assert (undone["status"], undone["scheduled_at"]) == ("pending", job["scheduled_at"])
    assert api.tick()["taken"] == 0
    api("PUT", f"/jobs/{job['id']}/cancel")
    both = {"scheduled_at": job["scheduled_at"], "delay_seconds": 1}
    assert api("PUT", f"/jobs/{job['id']}/retry", json=both).status_code == 422
