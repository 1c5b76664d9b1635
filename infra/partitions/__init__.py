"""Parts the tables of jobs and attempts by time, for a hundred million rows: docs/SCALING.md says when and how."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
from psycopg.sql import SQL, Identifier, Literal

Connection: TypeAlias = psycopg.Connection[Any]

HERE = Path(__file__).parent
LOCK_SECONDS = 3  # given up after this, so that nobody queues behind it for longer: try again
AHEAD = timedelta(days=7)


def convert(dsn: str) -> bool:
    """Make the tables partitioned ones, whose first partition is what they were; whether they were not yet.

    Raises psycopg.errors.LockNotAvailable when a long transaction holds a table: nothing is changed then, try again.
    """
    with _connected(dsn) as connection:
        connection.execute((HERE / "install.sql").read_bytes())
        if _is_partitioned(connection):
            return False
        at = _prepared(connection)
        with connection.transaction():
            text = SQL((HERE / "convert.sql").read_text())
            connection.execute(text.format(cutoff=_id_at(connection, at), at=Literal(at)))
    keep(dsn)
    return True


def keep(dsn: str, ahead: timedelta = AHEAD, kept: timedelta | None = None) -> tuple[int, list[str]]:
    """Make partitions for what comes within `ahead`, drop those of which nothing is to be `kept`: (made, dropped)."""
    with _connected(dsn) as connection:
        made = connection.execute("select tickwork.make_partitions(%s)", [ahead]).fetchone()
        gone = connection.execute("select tickwork.drop_partitions(%s)", [kept]).fetchall() if kept else []
        return (made or (0,))[0], [name for (name,) in gone]


def _connected(dsn: str) -> Connection:
    options = f"-c lock_timeout={LOCK_SECONDS}s -c statement_timeout=0"
    return psycopg.connect(dsn, autocommit=True, prepare_threshold=None, connect_timeout=5, options=options)


def _is_partitioned(connection: Connection) -> bool:
    found = connection.execute("select relkind from pg_class where oid = 'tickwork.jobs'::regclass").fetchone()
    return found == ("p",)


def _prepared(connection: Connection) -> datetime:
    """From when on ids go into partitions of their own: the day after tomorrow, or what an earlier try promised."""
    at = (datetime.now(UTC) + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
    promised = connection.execute(
        "select (regexp_match(pg_get_constraintdef(oid), '''([0-9a-f-]+)'''))[1] from pg_constraint"
        " where conname in ('jobs_before', 'job_attempts_before') and convalidated"
    ).fetchall()
    if len(promised) == 2:
        ms = int(promised[0][0].replace("-", "")[:12], 16)
        return datetime.fromtimestamp(ms / 1000, UTC)
    for table, key in (("jobs", "id"), ("job_attempts", "job_id")):
        _promise(connection, Identifier(table), Identifier(f"{table}_before"), Identifier(key), _id_at(connection, at))
    return at


def _promise(connection: Connection, table: Identifier, name: Identifier, key: Identifier, cutoff: Literal) -> None:
    """That from `cutoff` on no id comes into `table`, and whether that holds so far. Statements of their own: only the
    first two lock everybody out, for an instant; the third reads the whole table while reads and writes go on."""
    for text in (
        "alter table tickwork.{table} drop constraint if exists {name}",
        "alter table tickwork.{table} add constraint {name} check ({key} < {cutoff}) not valid",
        "alter table tickwork.{table} validate constraint {name}",
    ):
        connection.execute(SQL(text).format(table=table, name=name, key=key, cutoff=cutoff))


def _id_at(connection: Connection, at: datetime) -> Literal:
    """The least id that is made at `at`."""
    ((id,),) = connection.execute("select tickwork.id_at(%s)", [at]).fetchall()
    return Literal(str(id))
