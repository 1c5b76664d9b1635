"""What callers do to existing jobs: cancel, retry, move; one by id, or many by ids or filter. The index follows."""

from contextlib import suppress
from typing import Annotated, Any, Self
from uuid import UUID

from psycopg.sql import SQL
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from tickwork.core.errors import Conflict, IndexDown, NotFound
from tickwork.core.failpoints import passing
from tickwork.core.filters import Filter
from tickwork.core.job import MAX_JOBS, JobStatus, Priority, Settled, When, Whole, gives
from tickwork.core.principal import Actor
from tickwork.core.validation import fault
from tickwork.jobs.listing import matching_ids
from tickwork.stores.postgres.job_store import JobStore, Row
from tickwork.stores.redis.due_index import DueIndex

CANCELLABLE = SQL("(status = 'pending' or status = 'in_progress' and cancel_requested_at is null)")
RETRYABLE = SQL("status in ('failed', 'cancelled')")
TOLERANCE = 1.1  # a filter may match this much more than the caller expected


class Many(BaseModel):
    """Which jobs a bulk action is about: `ids`, or everything that a `filter` matches, 10,000 a call at most."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"oneOf": [gives("ids", "array"), gives("filter", "object")]}
    )

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_JOBS)] | None = None
    filter: Filter | None = None
    expected: Annotated[int, Field(ge=0, strict=True), Whole] | None = Field(
        None, description="How many the caller believes match; 409 when it is a tenth more by now."
    )

    @model_validator(mode="after")
    def one_of_both(self) -> "Many":
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give ids or filter, one of them")
        return self


class Change(When):
    """What of a waiting job may be changed."""

    model_config = ConfigDict(
        json_schema_extra=When.model_config["json_schema_extra"]  # type: ignore[operator]
        | {"anyOf": [gives("scheduled_at", "string"), gives("delay_seconds", "number"), gives("priority", "integer")]}
    )

    priority: Priority | None = None

    @model_validator(mode="after")
    def something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError("give scheduled_at, delay_seconds or priority")
        return self


MANY = TypeAdapter(Many)
CHANGE = TypeAdapter(Change)
WHEN = TypeAdapter(When)


def cancel_job(store: JobStore, index: DueIndex, id: UUID, by: Actor | None = None) -> Row:
    """A waiting job is cancelled; a running one is asked to stop. Raises NotFound, or Conflict when it is final."""
    row = _only(store, id, store.cancel([id], by), "cancelled")
    passing("cancel.committed")
    _forget(index, [row])
    return row


def retry_job(store: JobStore, index: DueIndex, id: UUID, when: When, by: Actor | None = None) -> Row:
    """Start a new round of a failed or cancelled job. Raises NotFound, or Conflict for any other status."""
    row = _only(store, id, store.retry([id], when.scheduled_at, when.delay_seconds or 0.0, by), "retried")
    passing("retry.committed")
    _follow(index, [row])
    return row


def update_job(store: JobStore, index: DueIndex, id: UUID, change: Change, by: Actor | None = None) -> Row:
    """Move a waiting job in time or rank. Raises NotFound, or Conflict when it does not wait any more."""
    changed = store.update(
        id, by, scheduled_at=change.scheduled_at, delay=change.delay_seconds, priority=change.priority
    )
    row = _only(store, id, [changed] if changed else [], "changed")
    passing("update.committed")
    with suppress(IndexDown):
        index.reschedule(_settled(row))
    return row


def cancel_jobs(store: JobStore, index: DueIndex, many: Many, by: Actor | None = None) -> dict[str, Any]:
    """Cancel many; see `_counted` for the answer."""
    ids, more = _ids(store, many, CANCELLABLE)
    changed = store.cancel(ids, by) if ids else []
    passing("cancel.committed")
    _forget(index, changed)
    return _counted(ids, changed, more)


def retry_jobs(store: JobStore, index: DueIndex, many: Many, by: Actor | None = None) -> dict[str, Any]:
    """Start a new round of many; see `_counted` for the answer."""
    ids, more = _ids(store, many, RETRYABLE)
    changed = store.retry(ids, by=by) if ids else []
    passing("retry.committed")
    _follow(index, changed)
    return _counted(ids, changed, more)


def _counted(ids: list[UUID], changed: list[Row], more: bool) -> dict[str, Any]:
    """How many matched, changed, were asked to stop (running ones), were skipped; `more`: call again for the rest."""
    requested = sum(row["status"] == JobStatus.IN_PROGRESS for row in changed)
    return {
        "matched": len(ids),
        "changed": len(changed) - requested,
        "requested": requested,
        "skipped": len(ids) - len(changed),
        "more": more,
    }


def _ids(store: JobStore, many: Many, able: SQL) -> tuple[list[UUID], bool]:
    if many.filter is None:
        return sorted(set(many.ids or [])), False
    found = [row["id"] for row in store.select(matching_ids(many.filter, MAX_JOBS + 1, able))]
    if many.expected is not None and len(found) > many.expected * TOLERANCE:
        raise Conflict(f"{len(found)} jobs match by now, not {many.expected}: look again before you go on")
    return sorted(found[:MAX_JOBS]), len(found) > MAX_JOBS


def _only(store: JobStore, id: UUID, changed: list[Row], verb: str) -> Row:
    if changed:
        return changed[0]
    found = store.find([id])
    if not found:
        raise NotFound(f"there is no job {id}")
    status = found[0]["status"]
    raise Conflict(f"the job is {status}: it cannot be {verb}", [fault(("status",), f"is {status}")])


def _follow(index: DueIndex, rows: list[Row]) -> None:
    with suppress(IndexDown):  # reconcile makes it follow later
        index.settle(map(_settled, rows))


def _forget(index: DueIndex, rows: list[Row]) -> None:
    with suppress(IndexDown):  # a claim refuses what is cancelled
        index.forget([row["id"] for row in rows if row["status"] == JobStatus.CANCELLED])


def _settled(row: Row) -> Settled:
    return Settled(*(row[name] for name in Settled._fields))
