"""Creating jobs: validate by type, insert all or none, then tell the index. An acknowledged job is a committed row."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

import uuid_utils
from pydantic import ValidationError

from tickwork.auth.rate_limits import Quota
from tickwork.core.errors import Conflict, IndexDown, Invalid, TooLarge
from tickwork.core.failpoints import passing
from tickwork.core.handler import handlers
from tickwork.core.job import MAX_JOBS, MAX_PAYLOAD_BYTES, Created, JobRow, JobStatus, NewJob
from tickwork.core.principal import Actor
from tickwork.core.text import Unstorable, json_text
from tickwork.core.trace_context import TraceParent
from tickwork.core.validation import fault, problem_of
from tickwork.stores.postgres.job_store import JobStore
from tickwork.stores.redis.due_index import DueIndex

KEY = re.compile("[!-~]{1,200}")
CHUNK = 5000
LANES = 2  # connections that write at once: one waits for the disk while the other stores rows

Prefix = tuple[str | int, ...]


def check_key(key: str | None) -> None:
    """Raises Invalid when `key` cannot be an Idempotency-Key."""
    if key is not None and not KEY.fullmatch(key):
        message = "must be 1 to 200 printable ASCII characters without spaces"
        raise Invalid(f"Idempotency-Key {message}", [fault(("Idempotency-Key",), message)])


def create_jobs(
    store: JobStore,
    index: DueIndex,
    jobs: list[NewJob],
    *,
    key: str | None = None,
    batch: bool = True,
    by: Actor | None = None,
    trace: TraceParent | None = None,
    quota: Quota | None = None,
) -> tuple[list[dict[str, Any]], bool]:
    """Create every job or, with any fault, none. Returns the jobs as callers see them, times in UTC, and whether they
    are new.

    `key` is the caller's Idempotency-Key; a second call with it and the same jobs answers with the first call's.
    `trace` is what the jobs' attempts will be linked to. `quota` bounds what is created; a first answer given again
    costs nothing of it.
    Raises Invalid or TooLarge naming each fault by field and, in a batch, position; TooMany beyond the quota.
    """
    rows = rows_of(jobs, batch, trace=trace)
    request_hash = _hash(rows, batch) if key is not None else b""
    if not (created := _create(store, index, rows, key, request_hash, by, quota)):
        return _first(store, str(key), request_hash), False
    return [_view(job, made) for job, made in zip(jobs, created, strict=True)], True


def create_many(
    store: JobStore,
    index: DueIndex,
    jobs: Iterable[NewJob],
    *,
    by: Actor | None = None,
    trace: TraceParent | None = None,
) -> list[str]:
    """Create any number of jobs, as fast as it goes; returns their ids as text, in order.

    They go in chunks of 5,000, each of which is created whole or not at all, and checked while those before it are
    written. Raises Invalid or TooLarge for the first chunk with faults, naming each by position: the chunks before it
    are created, it and those after it are not. Where Postgres fails, chunks already under way may still be created.
    """
    ids: list[str] = []
    with ThreadPoolExecutor(LANES) as lanes:
        under_way: deque[Future[list[Created]]] = deque()
        for rows in _chunks_of_rows(jobs, trace):
            ids += [str(row.id) for row in rows]
            if len(under_way) > LANES:
                under_way.popleft().result()
            under_way.append(lanes.submit(_create, store, index, rows, None, b"", by))
        for written in under_way:
            written.result()
    return ids


def _chunks_of_rows(jobs: Iterable[NewJob], trace: TraceParent | None) -> Iterator[list[JobRow]]:
    left, first = iter(jobs), 0
    while rows := _rows(islice(left, CHUNK), first=first, trace=trace):
        yield rows
        first += len(rows)


def _create(
    store: JobStore,
    index: DueIndex,
    rows: list[JobRow],
    key: str | None,
    request_hash: bytes,
    by: Actor | None,
    quota: Quota | None = None,
) -> list[Created]:
    """Nothing when `key` was used before."""
    insert = partial(store.create, rows, key, request_hash, by)
    created = quota.within(len(rows), insert) if quota else insert()
    if not created:
        return []
    passing("create.after_commit")
    with suppress(IndexDown):  # reconcile will index them
        index.add((row.id, made.scheduled_at, row.priority) for row, made in zip(rows, created, strict=True))
    passing("create.after_index")
    return created


def rows_of(jobs: list[NewJob], batch: bool, trace: TraceParent | None = None) -> list[JobRow]:
    """Rows to insert; raises Invalid or TooLarge naming each fault. Touches no store."""
    if not 1 <= len(jobs) <= MAX_JOBS:
        raise Invalid(f"send 1 to {MAX_JOBS} jobs", [fault((), f"must have 1 to {MAX_JOBS} items, has {len(jobs)}")])
    return _rows(jobs, batch=batch, trace=trace)


def _rows(
    jobs: Iterable[NewJob], *, batch: bool = True, first: int = 0, trace: TraceParent | None = None
) -> list[JobRow]:
    # One job after the other, none kept: thousands of models alive make the garbage collector a third of the work.
    rows, faults = [], []
    parent = str(trace) if trace else None
    for place, job in enumerate(jobs, first):
        try:
            rows.append(_row(job, (place,) if batch else (), parent))
        except Invalid as error:
            faults += error.errors
    if faults:
        raise Invalid("; ".join(f"{f['field']}: {f['message']}" for f in faults[:3]), faults[:100])
    return rows


def _row(job: NewJob, at: Prefix, trace_parent: str | None) -> JobRow:
    return JobRow(
        uuid_utils.uuid7(),
        job.type,
        _payload_text(job, at),
        job.priority,
        job.max_retries,
        job.scheduled_at,
        job.delay_seconds or 0.0,
        trace_parent,
    )


def _payload_text(job: NewJob, at: Prefix) -> str:
    if (handler := handlers().get(job.type)) is None:
        known = ", ".join(sorted(handlers()))
        raise Invalid("unknown type", [fault((*at, "type"), f"unknown type {job.type!r}; known types: {known}")])
    try:
        text = json_text(job.payload)
        handler.payload_model.__pydantic_validator__.validate_json(text)
    except Unstorable as error:
        raise Invalid("payload", [fault((*at, "payload", *error.path), error.fault)]) from None
    except ValidationError as error:
        raise problem_of(error, (*at, "payload")) from None
    if len(text) > MAX_PAYLOAD_BYTES:
        raise TooLarge(
            "payload too large", [fault((*at, "payload"), f"may have {MAX_PAYLOAD_BYTES} bytes, has {len(text)}")]
        )
    return text.decode()


def _hash(rows: list[JobRow], batch: bool) -> bytes:
    """Of what was asked for. A batch of one is not that job alone: their answers differ in shape."""
    asked = [row[1:-1] for row in rows]
    return sha256(repr([asked] if batch and len(rows) == 1 else asked).encode()).digest()


def _first(store: JobStore, key: str, request_hash: bytes) -> list[dict[str, Any]]:
    first_hash, ids = store.first_with(key)
    found = {row["id"]: row for row in store.find(ids)}
    if first_hash != request_hash:
        message = "was used before with another request; use a new key for a new request"
        raise Invalid(f"Idempotency-Key {message}", [fault(("Idempotency-Key",), message)])
    if len(found) < len(ids):
        raise Conflict("the first answer's jobs were pruned since; use a new Idempotency-Key")
    return [found[id] for id in ids]


def _view(job: NewJob, made: Created) -> dict[str, Any]:
    created_at = made.created_at.astimezone(UTC)
    return {
        "id": UUID(bytes=made.id.bytes),
        "type": job.type,
        "status": JobStatus.PENDING,
        "payload": job.payload,
        "priority": job.priority,
        "retries": 0,
        "max_retries": job.max_retries,
        "scheduled_at": made.scheduled_at.astimezone(UTC),
        "completed_at": None,
        "failed_reason": None,
        "created_at": created_at,
        "updated_at": created_at,
        "attempt": 0,
        "started_at": None,
        "lease_expires_at": None,
        "cancel_requested_at": None,
        "progress": None,
        "result": None,
    }
