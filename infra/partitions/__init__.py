"""Parts the tables of jobs and attempts by time, for a hundred million rows: docs/SCALING.md says when and how."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from sys import stderr
from time import sleep
from typing import Any, TypeAlias

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from tickwork.core.errors import TickworkError

Connection: TypeAlias = psycopg.Connection[Any]

HERE = Path(__file__).parent
LOCK_SECONDS = 3  # given up after this, so that nobody queues behind it for longer: try again
BRIEF_SECONDS, PAUSE_SECONDS = 0.2, 2.0  # how checks are taken back: as often as it takes, with little in anybody's way
AHEAD = timedelta(days=7)
LEFT = "a check cannot be dropped yet: trying until it can. Should this be killed, run it again"
KEYS = {"jobs": "id", "job_attempts": "job_id"}


class Strangers(TickworkError):
    """A table holds ids from the future, or that are no UUIDv7."""


def convert(dsn: str) -> bool:
    """Make the tables partitioned ones, whose first partition is what they were; whether they were not yet.

    Raises psycopg.errors.LockNotAvailable when a long transaction holds a table, Strangers when ids are none of ours.
    Whatever it raises, the tables are as they were, and it may be run again; should the transaction hold a table that
    is to be changed back, or Postgres be away, it tries until it can, in the way of the others for a fifth of a second
    at a time. Only a kill leaves checks behind: then it must be run again.
    """
    with _connected(dsn) as connection:
        connection.execute((HERE / "install.sql").read_bytes())
        if _is_partitioned(connection):
            return False
    try:
        _swap(dsn)
    except BaseException:  # who interrupts it wants the tables back, too
        _take_back(dsn)
        raise
    keep(dsn)
    return True


def _swap(dsn: str) -> None:
    with _connected(dsn) as connection:
        _parted(connection, _prepared(connection))


def _parted(connection: Connection, at: datetime) -> None:
    with connection.transaction():
        text = SQL((HERE / "convert.sql").read_text())
        connection.execute(text.format(cutoff=_id_at(connection, at), at=Literal(at)))


def keep(dsn: str, ahead: timedelta = AHEAD, kept: timedelta | None = None) -> tuple[int, list[str]]:
    """Make partitions for what comes within `ahead`, drop those of which nothing is to be `kept`: (made, dropped)."""
    with _connected(dsn) as connection:
        made = connection.execute("select tickwork.make_partitions(%s)", [ahead]).fetchone()
        gone = connection.execute("select tickwork.drop_partitions(%s)", [kept]).fetchall() if kept else []
        return (made or (0,))[0], [name for (name,) in gone]


def _connected(dsn: str, lock_seconds: float = LOCK_SECONDS) -> Connection:
    options = f"-c lock_timeout={int(lock_seconds * 1000)}ms -c statement_timeout=0"
    return psycopg.connect(dsn, autocommit=True, prepare_threshold=None, connect_timeout=5, options=options)


def _is_partitioned(connection: Connection) -> bool:
    found = connection.execute("select relkind from pg_class where oid = 'tickwork.jobs'::regclass").fetchone()
    return found == ("p",)


def _prepared(connection: Connection) -> datetime:
    """From when on ids go into partitions of their own: the day after tomorrow."""
    at = (datetime.now(UTC) + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
    for table in _checked(connection):  # by a run that died
        connection.execute(_without_check(table))
    for table, key in KEYS.items():
        _refuse_strangers(connection, table, key, at)
    for table, key in KEYS.items():
        _promise(connection, Identifier(table), _check(table), Identifier(key), _id_at(connection, at))
    return at


def _refuse_strangers(connection: Connection, table: str, key: str, at: datetime) -> None:
    """Before there is a check, which every tick that holds such a row would run into."""
    text = SQL("select {key} from tickwork.{table} where {key} >= {cutoff} limit 1").format(
        key=Identifier(key), table=Identifier(table), cutoff=_id_at(connection, at)
    )
    for (id,) in connection.execute(text).fetchall():
        raise Strangers(f"{table} holds {id}, which is from after {at:%Y-%m-%d} or no UUIDv7: remove such rows first")


def _take_back(dsn: str) -> None:
    """Drop both checks, as far as they are there. Left behind, they would refuse every id made after the cutoff."""
    told = False
    while True:
        try:
            with _connected(dsn, BRIEF_SECONDS) as connection:
                for table in _checked(connection):
                    connection.execute(_without_check(table))
            return
        except psycopg.OperationalError as error:
            if not told:
                print(f"{LEFT}: {str(error).partition(chr(10))[0]}", file=stderr)
            told = True
            sleep(PAUSE_SECONDS)


def _checked(connection: Connection) -> list[str]:
    """Tables that have a check of ours: one that has none is not locked in vain."""
    rows = connection.execute(
        "select relname from pg_constraint join pg_class on pg_class.oid = conrelid"
        " where conrelid in ('tickwork.jobs'::regclass, 'tickwork.job_attempts'::regclass)"
        " and conname = relname || '_before'"
    ).fetchall()
    return [name for (name,) in rows]


def _without_check(table: str) -> Composed:
    text = SQL("alter table tickwork.{table} drop constraint if exists {name}")
    return text.format(table=Identifier(table), name=_check(table))


def _check(table: str) -> Identifier:
    return Identifier(f"{table}_before")


def _promise(connection: Connection, table: Identifier, name: Identifier, key: Identifier, cutoff: Literal) -> None:
    """That from `cutoff` on no id comes into `table`, and whether that holds so far. Statements of their own: only the
    first locks everybody out, for an instant; the second reads the whole table while reads and writes go on."""
    for text in (
        "alter table tickwork.{table} add constraint {name} check ({key} < {cutoff}) not valid",
        "alter table tickwork.{table} validate constraint {name}",
    ):
        connection.execute(SQL(text).format(table=table, name=name, key=key, cutoff=cutoff))


def _id_at(connection: Connection, at: datetime) -> Literal:
    """The least id that is made at `at`."""
    ((id,),) = connection.execute("select tickwork.id_at(%s)", [at]).fetchall()
    return Literal(str(id))
