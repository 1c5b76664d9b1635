"""Postgres connections for functions that are frozen, forked and cut off: opened late, checked before use, pooler-safe.

No session state is ever kept: no prepared statements, no SET, no LISTEN, no session locks, so a transaction pooler
(PgBouncer, Supavisor) may hand every statement to another server connection.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg.abc import RV, PQGen
from psycopg_pool import ConnectionPool, PoolTimeout

from tickwork.core.errors import Unavailable

SQL = Path(__file__).parent / "sql"
CONNECT_SECONDS = 2
ASK_SECONDS = 0.25  # of those: a pool whose attempt to connect has failed makes another only for one who asks anew
CHECK_SECONDS = 1.5
CANCEL_SECONDS = 0.5
NOT_MIGRATED = (
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedTable,
)  # what a database without our tables, or with old ones, says to our statements
TRUSTED_SECONDS = 1.0  # a connection used this recently is not checked again

logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # it warns of every dead connection that we replace


@cache
def statement(name: str) -> LiteralString:
    """The text of sql/<name>.sql, read once."""
    return (SQL / f"{name}.sql").read_text()


class Bounded(Connection[Any]):
    """Waits `seconds` for each answer and no longer: a server that was stopped, not ended, would hold us for ever.

    What it then makes of the statement is not known: it is asked to cancel it, and the connection is closed.
    """

    seconds: float | None = None
    last_used = 0.0

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, self.seconds if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            with suppress(psycopg.OperationalError):
                self.cancel_safe(timeout=CANCEL_SECONDS)
            self.pgconn.finish()
            raise


class Database:
    """A lazily opened pool. `connection()` raises Unavailable when Postgres gives none in two seconds, or does not
    answer a statement in `seconds`."""

    def __init__(self, dsn: str, max_size: int = 12, seconds: float = 10.0):
        self._dsn = dsn
        self._max_size = max_size
        self.seconds = seconds
        self._pool: ConnectionPool[Bounded] | None = None
        self._lock = Lock()

    @contextmanager
    def connection(self) -> Iterator[Connection[Any]]:
        """An autocommit connection that was alive a moment ago."""
        pool = self._open()
        connection = self._checked(pool)
        connection.seconds = self.seconds
        try:
            yield connection
            connection.last_used = monotonic()
        except psycopg.errors.ReadOnlySqlTransaction:
            connection.close()  # to a server that is no primary any more: the next goes to whichever is
            raise
        except psycopg.OperationalError as error:
            connection.last_used = 0.0
            if connection.broken:
                raise Unavailable("Postgres closed the connection, or did not answer") from error
            raise
        finally:
            pool.putconn(connection)

    def close(self) -> None:
        with self._lock:
            if self._pool:
                self._pool.close(timeout=1)
            self._pool = None

    def _open(self) -> ConnectionPool[Bounded]:
        # At import time nothing may be opened: functions-framework imports the module before it forks.
        with self._lock:
            if self._pool is None:
                self._pool = ConnectionPool(
                    self._dsn,
                    connection_class=Bounded,
                    min_size=0,
                    max_size=self._max_size,
                    num_workers=1,
                    timeout=CONNECT_SECONDS,
                    reconnect_timeout=0,  # its own doubling waits would outlast the outage
                    open=True,
                    kwargs={
                        "autocommit": True,
                        "prepare_threshold": None,
                        "connect_timeout": CONNECT_SECONDS,
                        "keepalives_idle": 30,
                        "keepalives_interval": 10,
                        "keepalives_count": 3,
                        "tcp_user_timeout": 5000,
                        "application_name": "tickwork",
                    },
                )
            return self._pool

    def _checked(self, pool: ConnectionPool[Bounded]) -> Bounded:
        # psycopg_pool's own check= sleeps a second after each dead connection; this loop does not.
        until = monotonic() + CONNECT_SECONDS
        while (left := until - monotonic()) > 0:
            with suppress(PoolTimeout):
                connection = pool.getconn(min(left, ASK_SECONDS))
                if _alive(connection, min(CHECK_SECONDS, left)):
                    return connection
                pool.putconn(connection)
        raise Unavailable("Postgres does not answer")


def _alive(connection: Bounded, seconds: float) -> bool:
    if monotonic() - connection.last_used < TRUSTED_SECONDS:
        return True
    try:
        connection.seconds = seconds
        connection.execute("select")
    except psycopg.OperationalError:
        return False
    return True
