"""One job in full, the known types, and whether the whole is well."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tickwork.core.errors import IndexDown, NotFound, Unavailable
from tickwork.core.handler import handlers
from tickwork.core.job import JobStatus
from tickwork.jobs.stats import is_silent, last_tick
from tickwork.stores.postgres.job_store import JobStore, Row
from tickwork.stores.redis.due_index import DueIndex


def job_detail(store: JobStore, index: DueIndex, id: UUID, silence_seconds: float) -> dict[str, Any]:
    """The job, its attempts newest first, and `why`: in words, what it waits for or how it ended. Raises NotFound."""
    found = store.find([id])
    if not found:
        raise NotFound(f"there is no job {id}")
    job, now = found[0], store.now()
    attempts = [{**row, "logs": row["logs"] or []} for row in store.attempts(id)]
    if job["status"] == JobStatus.IN_PROGRESS:
        attempts.insert(0, _running_attempt(job))
    ticked_at, _ = last_tick(store, index)
    return job | {"why": why(job, now, is_silent(ticked_at, now, silence_seconds)), "attempts": attempts}


def why(job: Row, now: datetime, silent: bool) -> str:
    """What `job` waits for, or how it ended, in a sentence."""
    total = 1 + job["max_retries"]
    match job["status"]:
        case JobStatus.PENDING:
            return _why_pending(job, now, silent)
        case JobStatus.IN_PROGRESS if job["cancel_requested_at"]:
            return "It runs; it was asked to stop and will see that at its handler's next check."
        case JobStatus.IN_PROGRESS if job["lease_expires_at"] <= now:
            return "Whoever ran it has not been heard of since its lease expired; the next tick tries it again."
        case JobStatus.IN_PROGRESS:
            return f"It runs: try {job['retries'] + 1} of {total}."
        case JobStatus.COMPLETED:
            return f"It completed at try {job['retries'] + 1} of {total}."
        case JobStatus.FAILED:
            return f"It failed for good: {job['failed_reason']}. Retry starts a new round."
    return "It was cancelled. Retry starts a new round."


def job_types() -> dict[str, Any]:
    """Each type with its payload's JSON schema, for forms and for people."""
    items = [
        {
            "type": known.type,
            "description": known.description,
            "timeout_seconds": known.timeout,
            "max_concurrency": known.max_concurrency,
            "schema": known.payload_model.model_json_schema(),
        }
        for known in sorted(handlers().values(), key=lambda known: known.type)
    ]
    return {"items": items}


def health(store: JobStore, index: DueIndex, silence_seconds: float) -> dict[str, Any]:
    """`status` is ok, degraded (Redis is away: work goes on from Postgres) or down (no Postgres, or no tick comes)."""
    try:
        now = store.now()
        ticked_at, degraded = last_tick(store, index)
    except Unavailable:
        return _health("down", "down", _redis_alone(index), None, silent=False)
    silent = is_silent(ticked_at, now, silence_seconds)
    status = "down" if silent else "degraded" if degraded else "ok"
    return _health(status, "ok", "down" if degraded else "ok", ticked_at, silent=silent)


def _redis_alone(index: DueIndex) -> str:
    try:
        index.ticked_at()
    except IndexDown:
        return "down"
    return "ok"


def _health(status: str, postgres: str, redis: str, ticked_at: datetime | None, *, silent: bool) -> dict[str, Any]:
    return {"status": status, "postgres": postgres, "redis": redis, "last_tick_at": ticked_at, "silent": silent}


def _why_pending(job: Row, now: datetime, silent: bool) -> str:
    again = f" Its last try failed: {job['failed_reason']}." if job["failed_reason"] else ""
    if job["scheduled_at"] > now:
        name = f"retry {job['retries']} of {job['max_retries']}" if job["retries"] else "it"
        return f"It waits until {name} is due.{again}"
    if silent:
        return f"It is due, but no tick has come lately: is POST /tick being called?{again}"
    return f"It is due; a coming tick takes it.{again}"


def _running_attempt(job: Row) -> dict[str, Any]:
    return {
        "attempt": job["attempt"],
        "started_at": job["started_at"],
        "finished_at": None,
        "outcome": None,
        "error": None,
        "logs": [],
    }
