"""The sentence that says what a job waits for, for every state it can be in."""

from datetime import UTC, datetime, timedelta

import pytest

from tickwork.jobs.detail import why

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
JOB = {
    "status": "pending",
    "retries": 0,
    "max_retries": 3,
    "scheduled_at": NOW - timedelta(seconds=1),
    "failed_reason": None,
    "cancel_requested_at": None,
    "lease_expires_at": None,
}
SOON = NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("changes", "silent", "words"),
    [
        ({"scheduled_at": SOON}, False, "It waits until it is due."),
        ({"scheduled_at": SOON, "retries": 2, "failed_reason": "boom"}, False, "retry 2 of 3 is due."),
        ({"scheduled_at": SOON, "retries": 2, "failed_reason": "boom"}, False, "Its last try failed: boom."),
        ({}, False, "It is due; a coming tick takes it."),
        ({}, True, "no tick has come lately"),
        ({"status": "in_progress", "lease_expires_at": SOON, "retries": 1}, False, "It runs: try 2 of 4."),
        ({"status": "in_progress", "lease_expires_at": NOW}, False, "its lease expired"),
        ({"status": "in_progress", "lease_expires_at": SOON, "cancel_requested_at": NOW}, False, "asked to stop"),
        ({"status": "completed"}, False, "It completed at try 1 of 4."),
        ({"status": "failed", "failed_reason": "boom"}, False, "It failed for good: boom."),
        ({"status": "cancelled"}, False, "It was cancelled."),
    ],
)  # fmt: skip
def test_why(changes, silent, words):
    assert words in why(JOB | changes, NOW, silent)
