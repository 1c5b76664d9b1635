"""Postgres: the truth about jobs. One method per statement; the statements are sql/verb_noun.sql.

Every method raises Unavailable when Postgres cannot be reached, or cannot do it now. A statement that lost a deadlock
or a failover is tried again: each is a single statement with its own guards, so trying again cannot do its work twice.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg import Connection, Cursor
from psycopg.rows import args_row, dict_row, tuple_row
from psycopg.sql import Composed

from tickwork.core.errors import Unavailable
from tickwork.core.failpoints import passing
from tickwork.core.job import ID_BYTES, Claimed, Created, JobRow, JobStatus, NewId, Outcome, Settled, Settlement
from tickwork.core.principal import Actor
from tickwork.core.sharding import WHOLE, Portion
from tickwork.stores.postgres.binary import Uuids, ints, uuids, words
from tickwork.stores.postgres.copy_rows import copy_rows
from tickwork.stores.postgres.database import Database, statement

TRIES = 3
LOST = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.TransactionRollback,
    psycopg.errors.ReadOnlySqlTransaction,
)  # each a class of its own: psycopg gives a deadlock no class of rollbacks above it
PAGE = 5000
DUE_PAGES = 20
NIL = UUID(int=0)
EARLY_SECONDS = 0.05  # claimed before it is due by so much: what the index takes early, and the stores' clocks apart
AUDITED = 20  # ids of a call that the audit names

Row = dict[str, Any]
T = TypeVar("T")


class JobStore:
    def __init__(self, database: Database):
        self._database = database
        self._write = _copy

    # The tick

    def claim(self, ids: Sequence[UUID], lease_seconds: float) -> list[Claimed]:
        """Start an attempt of each of `ids` that is due or whose lease expired; the others are not returned.

        Best first, those that are due in a moment among them. A row whose retries are used up comes back with a final
        status: it is not to be run.
        """
        times = {"lease_seconds": lease_seconds, "early_seconds": EARLY_SECONDS}
        rows = self._rows(Claimed, "claim_jobs", ids=_uuids(ids), **times)
        if len(rows) < len(ids):
            rows += self._rescue(set(ids).difference(row.id for row in rows), lease_seconds, suspects=not rows)
        return sorted(rows, key=lambda job: (-job.priority, job.scheduled_at))

    def _rescue(self, ids: Iterable[UUID], lease_seconds: float, suspects: bool) -> list[Claimed]:
        # A second statement, so that the one that nearly every job needs stays short. What the first claimed is to run,
        # whatever becomes of this; suspects run without such company.
        expired = _uuids(ids)
        try:
            return self._rows(Claimed, "rescue_jobs", ids=expired, lease_seconds=lease_seconds, suspects=suspects)
        except Unavailable:
            if suspects:
                raise
            return []  # their leases in the index bring them back

    def find_due(self, limit: int, portion: Portion = WHOLE) -> list[UUID]:
        """Ids to claim while the index, or this portion of it, is away."""
        return [row[0] for row in self._all(tuple_row, "find_due", limit=limit, **_of(portion))]

    def find_expired(self, ids: Sequence[UUID]) -> list[UUID]:
        """Those of `ids` whose lease is over and whom nobody has claimed since."""
        return [row[0] for row in self._all(tuple_row, "find_expired", ids=list(ids))]

    def settle(self, outcomes: Sequence[Outcome]) -> Settlement:
        """Write each outcome whose attempt is still the row's own; refused ones are missing from the answer."""
        ids, attempts, names, errors, results, logs, delays = zip(*outcomes, strict=True)
        ((ended, *waiting),) = self._all(
            tuple_row,
            "settle_jobs",
            ids=_uuids(ids),
            attempts=ints(attempts),
            outcomes=words(names),
            errors=_column(errors),
            results=_column(results),
            logs=_column(logs),
            delays=_column(delays, 0.0),
        )
        return Settlement(_members(ended), [_waiting(*row) for row in zip(*waiting, strict=True)])

    def renew(self, held: Sequence[tuple[UUID, int, str | None]], lease_seconds: float) -> list[tuple[Settled, bool]]:
        """Extend the leases of (id, attempt, progress as JSON text); each still held comes with "was asked to stop"."""
        ids, attempts, progress = (list(column) for column in zip(*held, strict=True))
        rows = self._all(
            tuple_row, "renew_leases", ids=ids, attempts=attempts, progress=progress, lease_seconds=lease_seconds
        )
        return [(Settled(*row[:5]), row[5]) for row in rows]

    def standing(self, ids: Sequence[UUID]) -> list[Settled]:
        """Where each id stands now; one without a row has a status of None."""
        return self._rows(Settled, "find_standing", ids=list(ids))

    # Callers

    def create(
        self,
        jobs: Sequence[JobRow],
        key: str | None = None,
        request_hash: bytes = b"",
        by: Actor | None = None,
        count: Callable[[], None] | None = None,
    ) -> list[Created]:
        """Insert all of `jobs` or none; in their order. `by` is written into the audit.

        With an idempotency key that was used before, nothing is inserted: an empty answer, see `first_with`.
        `count` is called before they are inserted, and may refuse them by what it raises; not for a key that was used,
        or is just being used.
        """
        if len(jobs) > 1 or (count and key is not None):
            return self._create_many(jobs, key, request_hash, by, count)
        if count:
            count()
        passing("create.before_commit")
        row = jobs[0]._asdict() | {"id": jobs[0].id.hex}
        if key is None and by is None:
            return self._rows(Created, "insert_job", **row)
        if key is None:
            return self._rows(Created, "insert_audited_job", **row, **_who(by))
        return self._rows(Created, "create_job", key=key, hash=request_hash, **row, **_who(by))

    def _create_many(
        self,
        jobs: Sequence[JobRow],
        key: str | None,
        request_hash: bytes,
        by: Actor | None,
        count: Callable[[], None] | None,
    ) -> list[Created]:
        def insert(connection: Connection[Any]) -> list[Created]:
            with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
                reservation = {"key": key, "hash": request_hash, "ids": _uuids(job.id for job in jobs)}
                if key is not None and not cursor.execute(statement("reserve_key"), reservation).rowcount:
                    return []
                if count:
                    count()
                created = _created(jobs, _begin(cursor, jobs, by))
                self._write(cursor, jobs, created)
                passing("create.before_commit")
                return created

        try:
            return self._retrying(insert)
        except psycopg.errors.FeatureNotSupported:  # COPY, for a role that row level security holds
            self._write = _insert
            return self._retrying(insert)

    def first_with(self, key: str) -> tuple[bytes, list[UUID]]:
        """The request hash and the job ids of the first create with this idempotency key."""
        for row in self._all(tuple_row, "find_key", key=key):
            return row  # type: ignore[no-any-return]
        raise Unavailable("this Idempotency-Key was being forgotten just now")

    def find(self, ids: Sequence[UUID]) -> list[Row]:
        return self._all(dict_row, "find_jobs", ids=list(ids))

    def attempts(self, id: UUID) -> list[Row]:
        """The latest 200 finished attempts, newest first."""
        return self._all(dict_row, "find_attempts", id=id)

    def cancel(self, ids: Sequence[UUID], by: Actor | None = None) -> list[Row]:
        """Cancel waiting jobs, ask running ones to stop; final ones are missing from the answer."""
        return self._all(dict_row, "cancel_jobs", ids=list(ids), **_who(by))

    def retry(
        self,
        ids: Sequence[UUID],
        scheduled_at: datetime | None = None,
        delay: float = 0.0,
        by: Actor | None = None,
    ) -> list[Row]:
        """Start a new round of failed and cancelled jobs, due at `scheduled_at` or in `delay` seconds; others are
        missing from the answer."""
        return self._all(dict_row, "retry_jobs", ids=list(ids), scheduled_at=scheduled_at, delay=delay, **_who(by))

    def update(self, id: UUID, by: Actor | None = None, **changes: Any) -> Row | None:
        """Set `scheduled_at` or `delay`, and `priority`, of a waiting job; None when it does not wait."""
        return next(iter(self._all(dict_row, "update_job", id=id, **changes, **_who(by))), None)

    def select(self, query: Composed) -> list[Row]:
        """The rows of a composed query, as jobs/listing.py makes them."""

        def run(connection: Connection[Any]) -> list[Row]:
            with connection.cursor(row_factory=dict_row) as cursor:
                return cursor.execute(query).fetchall()

        return self._retrying(run)

    def counts(self) -> list[Row]:
        """`type`, `status`, `n` of every combination that has jobs."""
        return self._all(dict_row, "count_jobs")

    def due(self, cap: int) -> Row:
        """`count` of due waiting jobs, counted up to `cap`, and `oldest_scheduled_at`."""
        return self._all(dict_row, "count_due", cap=cap)[0]  # type: ignore[no-any-return]

    def throughput(self, range_seconds: int, bucket_seconds: int) -> list[Row]:
        """`at`, `event`, `n`: how attempts went, by bucket of time, oldest first, gaps left out."""
        return self._all(dict_row, "find_throughput", range_seconds=range_seconds, bucket_seconds=bucket_seconds)

    def durations(self, range_seconds: int) -> list[Row]:
        """`kind` (wait or run), `bucket`, `n`, smallest bucket first."""
        return self._all(dict_row, "find_durations", range_seconds=range_seconds)

    def totals(self) -> list[Row]:
        """`type`, `event`, `bucket`, `n`: how often each thing ever happened; never less than before."""
        return self._all(dict_row, "find_totals")

    def add_total(self, event: str, n: int) -> None:
        """Count what happens outside of any job's statement: `refused` late results, `reconciled` index entries."""
        self._count("add_total", event=event, n=n)

    def now(self) -> datetime:
        return self._all(tuple_row, "find_now")[0][0]  # type: ignore[no-any-return]

    def note_tick(self) -> None:
        """Remember that a tick came, while the index cannot."""
        self._count("note_tick")

    def ticked_at(self) -> datetime | None:
        return self._all(tuple_row, "find_tick")[0][0]  # type: ignore[no-any-return]

    # Housekeeping

    def unfinished(self, portion: Portion = WHOLE) -> Iterator[list[Settled]]:
        """Every waiting and running row of a portion, in pages: bounded memory however many there are."""
        after = NIL
        while page := self._rows(Settled, "page_unfinished", after=after, limit=PAGE, **_of(portion)):
            yield page
            after = page[-1].id

    def due_soon(self, horizon_seconds: float, portion: Portion = WHOLE) -> Iterator[list[Settled]]:
        """Running rows and rows that become due within the horizon, in pages; the first 100,000.

        A longer backlog is mostly indexed already, and what is missing of it comes into these as they are drained.
        """
        after_at, after_id = "-infinity", NIL
        for _ in range(DUE_PAGES):
            at = {"after_at": after_at, "after_id": after_id, "limit": PAGE} | _of(portion)
            if not (page := self._rows(Settled, "page_due_soon", horizon_seconds=horizon_seconds, **at)):
                return
            yield page
            after_at, after_id = page[-1].scheduled_at.isoformat(), page[-1].id

    def prune(self, completed_seconds: float, failed_seconds: float, limit: int) -> int:
        """Delete up to `limit` old final rows; returns how many went."""
        return self._count(
            "prune_jobs", completed_seconds=completed_seconds, failed_seconds=failed_seconds, limit=limit
        )

    def fold(self) -> None:
        """Sum up the deltas behind the statistics."""
        self._count("fold_counts")
        self._count("advance_totals", statement_seconds=self._database.seconds)
        self._count("fold_throughput")

    def prune_audit(self, keep_seconds: float, limit: int) -> int:
        return self._count("prune_audit", keep_seconds=keep_seconds, limit=limit)

    def prune_keys(self, keep_seconds: float, limit: int) -> int:
        return self._count("prune_keys", keep_seconds=keep_seconds, limit=limit)

    # How a statement is run

    def _all(self, row_factory: Any, name: str, **values: Any) -> list[Any]:
        def run(connection: Connection[Any]) -> list[Any]:
            with connection.cursor(row_factory=row_factory, binary=True) as cursor:
                return cursor.execute(statement(name), values).fetchall()

        return self._retrying(run)

    def _rows(self, row: type[T], name: str, **values: Any) -> list[T]:
        return self._all(args_row(row), name, **values)

    def _count(self, name: str, **values: Any) -> int:
        return self._retrying(lambda connection: connection.execute(statement(name), values).rowcount)

    def _retrying(self, run: Callable[[Connection[Any]], T]) -> T:
        for tries_left in reversed(range(TRIES)):
            try:
                with self._database.connection() as connection:
                    return run(connection)
            except (*LOST, psycopg.OperationalError) as error:
                if not (tries_left and isinstance(error, LOST)):
                    raise Unavailable("Postgres cannot do this now") from error
        raise AssertionError("unreachable")


def _uuids(ids: Iterable[NewId]) -> Uuids:
    return uuids(id.bytes for id in ids)


def _waiting(id: UUID, priority: int, scheduled_at: datetime) -> Settled:
    return Settled(id, JobStatus.PENDING, priority, scheduled_at, None)


def _members(ids: bytes) -> list[bytes]:
    return [ids[start : start + ID_BYTES] for start in range(0, len(ids), ID_BYTES)]


def _column(values: tuple[Any, ...], default: Any = None) -> list[Any]:
    """`values`, or nothing at all when each is the default: unnest fills up with nulls."""
    return [] if values.count(default) == len(values) else list(values)


def _begin(cursor: Cursor[Any], jobs: Sequence[JobRow], by: Actor | None) -> datetime:
    """The transaction's time; in the same round trip the audit's row."""
    if by is None:
        return cursor.execute(statement("find_now")).fetchone()[0]  # type: ignore[no-any-return, index]
    ids = ", ".join(f'"{job.id}"' for job in jobs[:AUDITED])
    detail = {"detail": f'{{"count": {len(jobs)}, "ids": [{ids}]}}'}
    the_one = {"job_id": jobs[0].id.hex if len(jobs) == 1 else None}
    return cursor.execute(statement("begin_create"), detail | the_one | by._asdict()).fetchone()[0]  # type: ignore[no-any-return, index]


def _created(jobs: Sequence[JobRow], now: datetime) -> list[Created]:
    return [Created(job.id, job.scheduled_at or _after(now, job.delay), now) for job in jobs]


def _after(now: datetime, delay: float) -> datetime:
    return now + timedelta(seconds=delay) if delay else now


def _copy(cursor: Cursor[Any], jobs: Sequence[JobRow], created: Sequence[Created]) -> None:
    # COPY writes a thousand rows two to three times as fast as INSERT.
    with cursor.copy(statement("create_jobs")) as copy:
        for block in copy_rows(jobs, created):
            copy.write(block)


def _insert(cursor: Cursor[Any], jobs: Sequence[JobRow], created: Sequence[Created]) -> None:
    columns = {
        "ids": _uuids(job.id for job in jobs),
        "types": [job.type for job in jobs],
        "payloads": [job.payload for job in jobs],
        "priorities": [job.priority for job in jobs],
        "max_retries": [job.max_retries for job in jobs],
        "scheduled_at": [row.scheduled_at for row in created],
        "trace_parents": [job.trace_parent for job in jobs],
    }
    cursor.execute(statement("insert_jobs"), columns)


def _of(portion: Portion) -> dict[str, Any]:
    return {"shards": list(portion.shards), "of": portion.few}


def _who(by: Actor | None) -> dict[str, Any]:
    return (by or Actor(None, None, None))._asdict()  # type: ignore[arg-type]  # without an actor nothing is audited
