"""What the log says of jobs: what went wrong, job by job; what went well only with LOG_LEVEL=DEBUG, and in counts."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from tickwork.core.job import Claimed, JobStatus, Outcome
from tickwork.core.log import Event, Line, Severity, log, log_lines, wanted
from tickwork.core.text import printable
from tickwork.core.trace_context import parse

# released jobs are no attempts' ends
LINES: dict[str, tuple[Event, Severity]] = {
    "completed": ("attempt.completed", "DEBUG"),
    "cancelled": ("attempt.cancelled", "INFO"),
    "retry": ("attempt.retried", "WARNING"),
    "failed": ("attempt.failed", "ERROR"),
}
QUIET = {"taken", "claimed", "duration_ms"}
MAX_ERROR_CHARACTERS = 1_000


def log_claimed(jobs: Iterable[Claimed]) -> None:
    """Attempts that follow an expired lease, and jobs that such an expiry ended."""
    log_lines(_claimed(job) for job in jobs if job.rescued)


def log_outcomes(jobs: Iterable[Claimed], outcomes: Iterable[Outcome], refused: Collection[UUID]) -> None:
    """How attempts of `jobs` ended; `refused` are ids whose late result the fence turned away."""
    every = wanted("DEBUG")
    told = [outcome for outcome in outcomes if every or outcome.outcome != "completed" or outcome.id in refused]
    if told:
        log_lines(_lines({job.id: job for job in jobs}, told, frozenset(refused)))


def log_work(event: Event, report: Mapping[str, Any]) -> None:
    """One line for a tick or a run that did anything, or had to do without something."""
    said = {name: value for name, value in report.items() if value and name not in QUIET and name != "next_due_at"}
    if said:
        log(event, "WARNING" if report["degraded"] else "INFO", **said, duration_ms=report.get("duration_ms"))


def _claimed(job: Claimed) -> Line:
    if job.status == JobStatus.IN_PROGRESS:
        return Line("attempt.rescued", "WARNING", _of(job))
    event, severity = LINES[job.status]
    return Line(event, severity, _of(job) | {"message": "the lease expired before a result came"})


def _lines(jobs: Mapping[UUID, Claimed], outcomes: Iterable[Outcome], refused: Collection[UUID]) -> Iterator[Line]:
    for outcome in outcomes:
        if outcome.id in refused:
            late = f"a late result was refused: {outcome.outcome}"
            yield Line("attempt.refused", "WARNING", _of(jobs[outcome.id]) | {"message": late})
        elif outcome.outcome in LINES:
            yield Line(*LINES[outcome.outcome], _of(jobs[outcome.id]) | {"message": _said(outcome)})


def _of(job: Claimed) -> dict[str, Any]:
    trace = parse(job.trace_parent)
    said = {"job_id": job.id, "type": job.type, "attempt": job.attempt}
    return said | {"trace_id": trace.trace_id} if trace else said


def _said(outcome: Outcome) -> str | None:
    """The error's first line: the frames are in the attempt, where the dashboard shows them."""
    return printable(outcome.error, MAX_ERROR_CHARACTERS).partition("\n")[0] if outcome.error else None
