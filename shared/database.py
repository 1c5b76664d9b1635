"""Postgres connections for functions that are frozen, forked and cut off: opened late, checked before use, pooler-safe.

No session state is ever kept: no prepared statements, no SET, no LISTEN, no session locks, so a transaction pooler
(PgBouncer, Supavisor) may hand every statement to another server connection.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout

from shared.errors import Unavailable

SQL = Path(__file__).parent / "sql"
CONNECT_SECONDS = 2
TRUSTED_SECONDS = 1.0  # a connection used this recently is not checked again

logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # it warns of every dead connection that we replace


@cache
def statement(name: str) -> LiteralString:
    """The text of sql/<name>.sql, read once."""
    return (SQL / f"{name}.sql").read_text()


class Database:
    """A lazily opened pool. `connection()` raises Unavailable when Postgres does not answer in two seconds."""

    def __init__(self, dsn: str, max_size: int = 12):
        self._dsn = dsn
        self._max_size = max_size
        self._pool: ConnectionPool[Connection[Any]] | None = None
        self._lock = Lock()
        self._last_used: dict[int, float] = {}

    @contextmanager
    def connection(self) -> Iterator[Connection[Any]]:
        """An autocommit connection that was alive a moment ago."""
        pool = self._open()
        connection = self._checked(pool)
        try:
            yield connection
            self._last_used[id(connection)] = monotonic()
        except psycopg.OperationalError as error:
            self._last_used.pop(id(connection), None)
            if connection.broken:
                raise Unavailable("Postgres closed the connection") from error
            raise
        finally:
            pool.putconn(connection)

    def close(self) -> None:
        with self._lock:
            if self._pool:
                self._pool.close(timeout=1)
            self._pool = None

    def _open(self) -> "ConnectionPool[Connection[Any]]":
        # At import time nothing may be opened: functions-framework imports the module before it forks.
        with self._lock:
            if self._pool is None:
                self._pool = ConnectionPool(
                    self._dsn,
                    min_size=0,
                    max_size=self._max_size,
                    num_workers=1,
                    timeout=CONNECT_SECONDS,
                    reconnect_timeout=CONNECT_SECONDS,  # its own doubling waits would outlast the outage
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

    def _checked(self, pool: "ConnectionPool[Connection[Any]]") -> Connection[Any]:
        # psycopg_pool's own check= sleeps a second after each dead connection; this loop does not.
        for _ in range(self._max_size + 1):
            try:
                connection = pool.getconn()
            except PoolTimeout as error:
                raise Unavailable("Postgres does not answer") from error
            if self._alive(connection):
                return connection
            pool.putconn(connection)
        raise Unavailable("Postgres does not answer")

    def _alive(self, connection: Connection[Any]) -> bool:
        if monotonic() - self._last_used.get(id(connection), 0.0) < TRUSTED_SECONDS:
            return True
        try:
            connection.execute("select")
        except psycopg.OperationalError:
            return False
        return True
