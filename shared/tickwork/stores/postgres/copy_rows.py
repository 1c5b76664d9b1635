"""New jobs in COPY's binary format: psycopg converts value by value, for longer than Postgres needs to store them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from struct import Struct, pack

from tickwork.core.job import Created, JobRow

HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
BLOCK = 500  # rows sent at a time: Postgres stores them while the next are written
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
JSONB = b"\1"  # the version before its text
NULL = pack("!i", -1)

# Before each value its length. The columns as create_jobs.sql names them: 7 of them, the first the id's 16 bytes.
_ID = Struct("!hi16si").pack  # and the type's length
_LENGTH = Struct("!i").pack
_NUMBERS = Struct("!iiiiiq").pack  # priority, max_retries, scheduled_at


def copy_rows(jobs: Sequence[JobRow], created: Sequence[Created]) -> Iterator[bytes]:
    """All that goes into `copy … from stdin with (format binary)`, in blocks."""
    yield HEAD
    for start in range(0, len(jobs), BLOCK):
        yield _block(jobs[start : start + BLOCK], created[start : start + BLOCK])
    yield END


def _block(jobs: Sequence[JobRow], created: Sequence[Created]) -> bytes:
    parts: list[bytes] = []
    at, micros = EPOCH, 0
    for job, row in zip(jobs, created, strict=True):
        if row.scheduled_at is not at:  # most of a batch share theirs
            at, micros = row.scheduled_at, _micros(row.scheduled_at)
        type, payload = job.type.encode(), job.payload.encode()
        numbers = _NUMBERS(4, job.priority, 4, job.max_retries, 8, micros)
        parts += (_ID(7, 16, job.id.bytes, len(type)), type, _LENGTH(len(payload) + 1), JSONB, payload, numbers)
        parts.append(_text(job.trace_parent) if job.trace_parent else NULL)
    return b"".join(parts)


def _micros(at: datetime) -> int:
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _text(text: str) -> bytes:
    return _LENGTH(len(text.encode())) + text.encode()
