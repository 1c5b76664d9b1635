"""The harness proves itself: with each bug put in, the same checker turns red, and green without it."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

import pytest

from tests.chaos.checker import Verdict
from tests.chaos.proxy import Proxy
from tests.chaos.worker import life, start, tick_for, tick_to_rest

PATIENCE_SECONDS = 3.0  # with a bug: a lost job is never final, and what is not lost needs less than this
REST_SECONDS = 20.0  # without: at most, it ends when the jobs have


def rest(stand, bug: str, **more: str) -> None:
    start(tick_to_rest, PATIENCE_SECONDS if bug else REST_SECONDS, stand.env | more, stand.path, bug).join()


def stalled(stand, bug: str) -> None:
    """ABA: the first owner comes late, while the row is running again, for the second."""
    start(overtaken, stand.env, stand.path, bug).join()


def ghosts(stand, bug: str) -> None:
    """An old index: finished jobs are due again by its word."""
    stand.live(bug)
    for id in stand.ids():
        stand.raw.zadd("tickwork:{0}:ready", {id.bytes: 1})
    start(tick_for, 0.5, stand.env, stand.path, bug).join()


def killed(stand, bug: str) -> None:
    """The owner dies with ids in its hands; what is left is waited for only so long."""
    start(life, stand.env, stand.path, bug, ("claim.before", "kill")).join()
    rest(stand, bug)


def creating(stand, bug: str) -> None:
    """The caller dies right after it was told that its jobs exist."""
    start(life, stand.env, stand.path, bug, ("create.after_index", "kill")).join()
    rest(stand, bug)


def exhausted(stand, bug: str) -> None:
    """Zombie with the last attempt: the next claim ends the job, and then comes the zombie's result."""
    start(last_attempt, stand.env, stand.path, bug).join()


def deadly(stand, bug: str) -> None:
    """A job that takes its process along, again and again."""
    start(create_deadly, stand.env, stand.path, bug).join()
    for _ in range(5):
        rest(stand, bug)


def unanswered(stand, bug: str) -> None:
    """The index has leased the ids, and then the connection ends before the answer."""
    start(create_some, stand.env, stand.path, bug).join()
    host, _, where = stand.env["REDIS_URL"].removeprefix("redis://").partition(":")
    port, _, number = where.partition("/")
    proxy = Proxy((host, int(port)), unanswered=b"EVALSHA")
    patient = {
        "LEASE_SECONDS": "30",
        "RECONCILE_SECONDS": "60",
        "REDIS_URL": f"redis://127.0.0.1:{proxy.port}/{number}",
    }
    rest(stand, bug, **patient)
    assert proxy.cuts.value == 1
    proxy.close()


def died(stand, bug: str) -> None:
    """The run_jobs that got the batch dies with it."""
    with stand.run_jobs({"DISPATCH": "http"}, ("claim.before", "kill"), bug=bug) as env:
        start(create_some, env, stand.path, bug).join()
        start(tick_for, 0.3, env, stand.path, bug).join()
    rest(stand, bug)


def lost(stand, bug: str, queue) -> None:
    """The queue loses the message."""
    start(create_some, stand.env, stand.path, bug).join()
    start(tick_for, 0.3, stand.env | queue.env(), stand.path, bug).join()
    queue.lose()
    rest(stand, bug)


def delivered_twice(stand, bug: str, queue) -> None:
    """The message comes a second time, when its jobs are done."""
    start(create_some, stand.env, stand.path, bug).join()
    start(tick_for, 0.3, stand.env | queue.env(), stand.path, bug).join()
    queue.deliver_twice(Random(0))
    with stand.run_jobs({"DISPATCH": "http"}, bug=bug) as env:
        queue.carry(env)
    rest(stand, bug)


def create_some(env, path: str, bug: str) -> None:
    from tests.chaos import worker

    worker.prepare(env, path, bug)
    worker.Caller().create(5)


def last_attempt(env, path: str, bug: str) -> None:
    from tests.chaos import worker
    from tickwork import app
    from tickwork.core.job import Outcome

    worker.prepare(env, path, bug)
    (id,) = worker.Caller().create(max_retries=0)
    store = app.store()
    (job,) = store.claim([id], 0.05)
    worker.ledger.note("start", id, attempt=job.attempt)
    worker.sleep(0.1)
    store.claim([id], 1)
    worker.ledger.note("end", id, attempt=job.attempt)
    store.settle([Outcome(id, job.attempt, "completed", result='{"attempt": 1}')])


def overtaken(env, path: str, bug: str) -> None:
    from tests.chaos import worker
    from tickwork import app
    from tickwork.core.job import Outcome

    worker.prepare(env, path, bug)
    (id,) = worker.Caller().create()
    store = app.store()
    for lease in (0.05, 5):
        for job in store.claim([id], lease):
            worker.ledger.note("start", id, attempt=job.attempt)
        worker.sleep(0.1)
    for attempt in (1, 2):
        worker.ledger.note("end", id, attempt=attempt)
        store.settle([Outcome(id, attempt, "completed", result=f'{{"attempt": {attempt}}}')])


def create_deadly(env, path: str, bug: str) -> None:
    from tests.chaos import worker

    worker.prepare(env, path, bug)
    worker.Caller().create(max_retries=1, kill=True)


class Case(NamedTuple):
    """`provoke` is how the bug is met, which takes a queue where batches go through one."""

    bug: str
    provoke: Callable[..., None]
    breach: str
    dispatch: str = "local"


CASES = [
    Case("fence_removed", stalled, "stale_writes"),
    Case("state_guard_removed", exhausted, "second_finals"),
    Case("claim_without_recheck", ghosts, "errors"),
    Case("claim_without_recheck", delivered_twice, "errors", "sqs"),
    Case("pop_without_reconcile", killed, "lost"),
    Case("pop_without_reconcile", died, "lost", "http"),
    Case("pop_without_reconcile", lost, "lost", "sqs"),
    Case("ack_before_commit", creating, "lost"),
    Case("attempt_counted_at_completion", deadly, "too_many_starts"),
    Case("take_is_retried", unanswered, "lost"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.bug}-{case.dispatch}")
def test_bug_turns_red(case, stands, queues):
    broken, healthy = stands(2)
    _provoke(case, broken, case.bug, queues)
    verdict: Verdict = broken.verdict()
    found = verdict.breaches
    assert case.breach in found, found
    _provoke(case, healthy, "", queues)
    assert not healthy.verdict().breaches, "the same without the bug"


def _provoke(case: Case, stand, bug: str, queues) -> None:
    case.provoke(stand, bug, *[queues()] * (case.dispatch == "sqs"))
