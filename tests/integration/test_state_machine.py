"""Every (event, status) pair on real Postgres: what TRANSITIONS lists happens, all else changes nothing."""

import pytest

from tests.integration.factory import insert_job, row_of
from tickwork.core.job import TRANSITIONS, JobStatus, Outcome

EVENTS = {
    "claim": lambda store, row: store.claim([row["id"]], 30),
    "rescue": lambda store, row: store.claim([row["id"]], 30),
    "exhaust": lambda store, row: store.claim([row["id"]], 30),
    "complete": lambda store, row: (
        store.settle([Outcome(row["id"], row["attempt"], "completed", result="{}")]).accepted
    ),
    "retry_later": lambda store, row: (
        store.settle([Outcome(row["id"], row["attempt"], "retry", "boom", delay=5)]).accepted
    ),
    "release": lambda store, row: store.settle([Outcome(row["id"], row["attempt"], "released")]).accepted,
    "fail": lambda store, row: store.settle([Outcome(row["id"], row["attempt"], "failed", "boom")]).accepted,
    "stop": lambda store, row: store.settle([Outcome(row["id"], row["attempt"], "cancelled", "stopped")]).accepted,
    "cancel": lambda store, row: store.cancel([row["id"]]),
    "reschedule": lambda store, row: store.update(row["id"], scheduled_at=None, delay=60, priority=5),
    "retry": lambda store, row: store.retry([row["id"]]),
}
# What sets the three claims of a row apart: its lease, and whether retries are left.
SETTING = {
    "claim": {"lease": 30},
    "rescue": {"lease": -1, "retries": 0},
    "exhaust": {"lease": -1, "retries": 3},
}


def test_every_event_is_tried():
    assert set(EVENTS) == set(TRANSITIONS)


@pytest.mark.parametrize("status", list(JobStatus))
@pytest.mark.parametrize("event", list(TRANSITIONS))
def test_event(event, status, wired, sql):
    setting = SETTING.get(event, {}) if status == JobStatus.IN_PROGRESS else {}
    due_in = -1 if event == "claim" or status != JobStatus.PENDING else 60
    id = insert_job(sql, status, due_in=due_in, **setting)
    before = row_of(sql, id)

    answer = EVENTS[event](wired.store(), before)

    after = row_of(sql, id)
    if status in TRANSITIONS[event]:
        assert after["status"] == TRANSITIONS[event][status]
        assert answer
        assert after != before
    else:
        assert after == before
        assert not answer


def test_who_fails_when_asked_to_stop_is_given_no_other_time(wired, sql):
    id = insert_job(sql, "in_progress", retries=1)
    wired.store().cancel([id])
    before = row_of(sql, id)
    assert wired.store().settle([Outcome(id, before["attempt"], "retry", "boom", delay=3600)]).accepted
    after = row_of(sql, id)
    assert after["status"] == "cancelled"
    assert [after[name] for name in ("retries", "scheduled_at")] == [1, before["scheduled_at"]]


def test_claim_counts_attempts_and_leases(wired, sql):
    id = insert_job(sql)
    (job,) = wired.store().claim([id], 30)
    row = row_of(sql, id)
    assert (job.attempt, job.retries, job.rescued) == (1, 0, False)
    assert (row["lease_expires_at"] - row["started_at"]).total_seconds() == 30


def test_a_claim_before_its_time_tells_the_time(wired, sql, monkeypatch):
    """So that a claim's own time does not make a job late; and nothing starts early."""
    now, soon, later = (insert_job(sql, due_in=due_in) for due_in in (-1, 30, 90))
    monkeypatch.setattr("tickwork.stores.postgres.job_store.EARLY_SECONDS", 60)
    due, early = wired.store().claim([soon, now, later], 30)
    assert (due.id, due.clock) == (now, None)
    assert early.id == soon
    row = row_of(sql, soon)
    assert row["started_at"] == row["scheduled_at"] > early.clock > row_of(sql, now)["started_at"]


def test_rescue_uses_up_a_retry_and_leaves_a_trace(wired, sql):
    id = insert_job(sql, "in_progress", lease=-1)
    (job,) = wired.store().claim([id], 30)
    assert (job.attempt, job.retries, job.rescued) == (2, 1, True)
    (attempt,) = wired.store().attempts(id)
    assert (attempt["attempt"], attempt["outcome"]) == (1, "expired")


def test_a_crash_loop_ends(wired, sql):
    """Attempts are counted when they begin: a job that kills every function is failed after 1 + max_retries starts."""
    id = insert_job(sql, max_retries=2)
    starts = 0
    while row_of(sql, id)["status"] in ("pending", "in_progress"):
        starts += [job.status for job in wired.store().claim([id], 30)].count("in_progress")
        sql.execute("update tickwork.jobs set lease_expires_at = now() - interval '1 s' where status = 'in_progress'")
    assert starts == 3
    assert row_of(sql, id)["failed_reason"] == "the lease expired before a result came"
    assert [attempt["attempt"] for attempt in wired.store().attempts(id)] == [3, 2, 1]


def test_an_expired_job_that_was_to_be_cancelled_is(wired, sql):
    id = insert_job(sql, "in_progress", lease=-1)
    wired.store().cancel([id])
    (job,) = wired.store().claim([id], 30)
    assert job.status == row_of(sql, id)["status"] == "cancelled"


@pytest.mark.parametrize("outcome", ["retry", "released"])
def test_a_job_asked_to_stop_is_not_tried_again(wired, sql, outcome):
    id = insert_job(sql, "in_progress")
    wired.store().cancel([id])
    assert wired.store().settle([Outcome(id, 1, outcome, "boom")]) == ([id.bytes], [])
    assert row_of(sql, id)["status"] == "cancelled"


def test_a_job_asked_to_stop_that_completes_is_completed(wired, sql):
    id = insert_job(sql, "in_progress")
    wired.store().cancel([id])
    assert wired.store().settle([Outcome(id, 1, "completed")]) == ([id.bytes], [])
    assert row_of(sql, id)["status"] == "completed"


def test_retry_opens_a_new_round_behind_the_same_fence(wired, sql):
    id = insert_job(sql, "failed", attempt=4, retries=3)
    wired.store().retry([id])
    row = row_of(sql, id)
    assert (row["status"], row["retries"], row["attempt"], row["failed_reason"]) == ("pending", 0, 4, None)
    assert not wired.store().settle([Outcome(id, 4, "completed")]).accepted


def test_late_result_of_an_earlier_attempt_is_refused(wired, sql):
    """ABA: the row is in_progress again, but for a second claimer; the first one's result must not count."""
    id = insert_job(sql)
    (first,) = wired.store().claim([id], 30)
    sql.execute("update tickwork.jobs set lease_expires_at = now() - interval '1 s'")
    (second,) = wired.store().claim([id], 30)
    assert not wired.store().settle([Outcome(id, first.attempt, "completed", result='"late"')]).accepted
    assert not wired.store().renew([(id, first.attempt, None)], 30)
    assert wired.store().settle([Outcome(id, second.attempt, "completed", result='"right"')]).accepted == {id}
    assert row_of(sql, id)["result"] == "right"


def test_one_fenced_outcome_does_not_hinder_the_rest(wired, sql):
    ids = [insert_job(sql, "in_progress") for _ in range(3)]
    outcomes = [Outcome(ids[0], 1, "completed"), Outcome(ids[1], 7, "completed"), Outcome(ids[2], 1, "failed", "no")]
    settlement = wired.store().settle(outcomes)
    assert (settlement.accepted, settlement.refused(outcomes)) == ({ids[0], ids[2]}, {ids[1]})
