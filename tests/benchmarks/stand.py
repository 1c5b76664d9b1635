"""The servers of one run: a Postgres and a Valkey of its own, both durable, and an empty database for every program."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import psycopg
import redis
from psycopg.sql import SQL, Identifier

from tests.servers import Server, start_postgres, start_valkey, stop

# Durable as by default; memory and checkpoints as on a small database server, so that no checkpoint falls into one
# measurement and not into the next. The same for everybody.
POSTGRES = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "jit": "off",
}
VALKEY = {"appendonly": "yes", "appendfsync": "everysec"}


class Stand(NamedTuple):
    """`folder` is scratch; `env()` is what a program must know of the servers. `number` is of the database, in both:
    `stand.beside` is the same servers with another."""

    folder: Path
    postgres: Server
    valkey: Server
    number: int = 0

    def fresh(self) -> None:
        """Empty databases, and no dirty pages left of whoever was measured before."""
        with self.connect("postgres") as connection:
            connection.execute(SQL("drop database if exists {} with (force)").format(Identifier(self.database)))
            connection.execute(SQL("create database {}").format(Identifier(self.database)))
            connection.execute("checkpoint")
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushdb()

    def settle(self) -> None:
        """What autovacuum would have done a minute after a bulk load, and no checkpoint due."""
        with self.connect(self.database) as connection:
            connection.execute("vacuum analyze")
            connection.execute("checkpoint")

    @property
    def beside(self) -> "Stand":
        return self._replace(number=self.number + 1)

    @property
    def database(self) -> str:
        return f"bench{self.number or ''}"

    @property
    def redis_url(self) -> str:
        return f"{self.valkey.url}/{self.number}"

    @property
    def dsn(self) -> str:
        return psycopg.conninfo.make_conninfo(self.postgres.url, dbname=self.database)

    @property
    def url(self) -> str:
        """The same as a URL, which asyncpg and node-postgres read."""
        return self.postgres.url.replace("/postgres?", f"/{self.database}?")

    def connect(self, database: str) -> psycopg.Connection:
        dsn = psycopg.conninfo.make_conninfo(self.postgres.url, dbname=database)
        return psycopg.connect(dsn, autocommit=True)

    def env(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url, "REDIS_URL": self.redis_url, "BENCH_FOLDER": str(self.folder)}

    def cpu_seconds(self) -> tuple[float, float]:
        """CPU time that Postgres, with its present backends, and Valkey have taken so far."""
        postgres = psutil.Process(self.postgres.process.pid)
        return sum(_cpu(p) for p in [postgres, *postgres.children()]), _cpu(psutil.Process(self.valkey.process.pid))


@contextmanager
def stand(folder: Path, **settings: str) -> Iterator[Stand]:
    """Both servers while the block lasts, their data in `folder`, which must be new; `settings` are Postgres's."""
    folder.mkdir(parents=True)
    os.chmod(folder, 0o711)
    servers: list[Server] = []
    try:
        servers.append(start_postgres(folder / "pg", **(POSTGRES | settings)))
        servers.append(start_valkey(folder / "valkey", **VALKEY))
        yield Stand(folder, *servers)
    finally:
        stop(*servers)


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system
