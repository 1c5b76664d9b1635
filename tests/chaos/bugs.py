"""Bugs that others have shipped, put into this process by substituting text, to see that the harness finds them."""

from collections.abc import Callable
from threading import Timer
from typing import Any

from tickwork.engine import tick
from tickwork.stores.postgres import job_store
from tickwork.stores.postgres.job_store import JobStore
from tickwork.stores.redis import shard

DUE = " and status = 'pending'\n    and scheduled_at <= now() + make_interval(secs => %(early_seconds)s)"
HISTORY = "from settled\n  where outcome <> 'released'\n), ended"


def _replace_in(module: Any, name: str, file: str, *changes: tuple[str, str]) -> None:
    """Have `module.name(file)` answer with changed text; each old text must be there exactly as written."""
    read = getattr(module, name)
    text = read(file)
    for old, new in changes:
        assert old in text, f"{file} has changed: {old!r} is not in it"
        text = text.replace(old, new)
    setattr(module, name, lambda asked: text if asked == file else read(asked))


def fence_removed() -> None:
    _replace_in(job_store, "statement", "settle_jobs", ("and jobs.attempt = o.attempt ", ""))


def state_guard_removed() -> None:
    _replace_in(
        job_store, "statement", "settle_jobs", ("and (jobs.status = 'in_progress' or o.id is null)", ""),
        (HISTORY, HISTORY.replace(")", "  on conflict do nothing\n)")),
    )  # fmt: skip


def claim_without_recheck() -> None:
    _replace_in(
        job_store, "statement", "claim_jobs",
        (DUE, ""),
    )  # fmt: skip


def pop_without_reconcile() -> None:
    _replace_in(shard, "lua", "take", ("redis.call('ZADD', leased, unpack(add))", ""))
    tick.index_due_soon = lambda *_: 0  # type: ignore[assignment]
    from tickwork.engine import maintenance

    maintenance.index_everything = lambda *_: 0  # type: ignore[assignment]


def ack_before_commit() -> None:
    from datetime import UTC, datetime

    from tickwork.core.job import Created

    commit = JobStore.create

    def later(self: JobStore, jobs: Any, *rest: Any) -> Any:
        timer = Timer(1, commit, (self, jobs, *rest))  # seconds: the caller is dead long before
        timer.daemon = True
        timer.start()
        now = datetime.now(UTC)
        return [Created(job.id, job.scheduled_at or now, now) for job in jobs]

    JobStore.create = later  # type: ignore[method-assign]


def attempt_counted_at_completion() -> None:
    _replace_in(
        job_store, "statement", "rescue_jobs",
        ("retries = least(retries + 1, max_retries)", "retries = retries"),
    )  # fmt: skip


def take_is_retried() -> None:
    from redis import ConnectionError, Redis

    from tickwork.stores.redis import transport

    once = transport._exchanged

    def patient(link: "Redis", commands: Any) -> Any:
        try:
            return once(link, commands)
        except ConnectionError:
            return once(link, commands)

    transport._exchanged = patient


BUGS: dict[str, Callable[[], None]] = {
    bug.__name__: bug
    for bug in (
        fence_removed, state_guard_removed, claim_without_recheck, pop_without_reconcile, ack_before_commit,
        attempt_counted_at_completion, take_is_retried,
    )
}  # fmt: skip
