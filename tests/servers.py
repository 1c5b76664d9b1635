"""Real servers for the tests: `start_postgres`, `start_valkey`, `stop`; and the pair that a whole run shares.

The shared pair belongs to a keeper process (`python -m tests.servers FOLDER`) that stops them once its standard input
ends, which happens however the test run ends. TEST_DATABASE_URL and TEST_REDIS_URL name servers to use instead;
TEST_POSTGRES_BIN names the programs of another Postgres, such as /usr/lib/postgresql/15/bin.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psycopg
import redis

from infra.local import postgres, valkey
from tickwork.stores.postgres.migrate import migrate

ROOT = Path(__file__).parent.parent
TEMPLATE = "tickwork_template"
START_SECONDS = 60
STOP_SECONDS = 20
VALKEY_DATABASES = 64


class Server(NamedTuple):
    url: str
    process: subprocess.Popen[bytes]


def start_postgres(folder: Path, **settings: str) -> Server:
    """A Postgres with its data in `folder` (made when missing), ready; its url is a DSN of database postgres."""
    programs = Path(os.environ.get("TEST_POSTGRES_BIN") or postgres.embedded())
    fast = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
    url = postgres.dsn(folder)
    process = _spawn(postgres.command(folder, programs, **(fast | settings)), folder.with_suffix(".log"))
    return _ready(
        Server(url, process), lambda: psycopg.connect(url, connect_timeout=2).close(), folder.with_suffix(".log")
    )


def start_valkey(folder: Path, port: int | None = None, **settings: str) -> Server:
    """A Valkey on `port` (any free one by default); `settings` such as `appendonly="yes"`."""
    port = port or valkey.free_ports(1)[0]
    url = f"redis://127.0.0.1:{port}"
    command = valkey.command(folder, port, **({"databases": str(VALKEY_DATABASES)} | settings))
    process = _spawn(command, folder.with_suffix(".log"))
    return _ready(Server(url, process), lambda: _ping(url), folder.with_suffix(".log"))


def stop(*servers: Server, seconds: float = STOP_SECONDS) -> None:
    """End each server and wait for it; one that does not end within `seconds` is killed."""
    for server in servers:
        server.process.send_signal(signal.SIGINT)  # Postgres: roll back and go; Valkey: save and go
    for server in servers:
        try:
            server.process.wait(seconds)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()


class Shared(NamedTuple):
    """Addresses of the run's shared servers; `dsn` is a database from which others can be made."""

    dsn: str
    redis_url: str


class Keeper:
    """The controller's end: starts the keeper at once, without waiting, and ends it with the run."""

    def __init__(self, folder: Path):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def close(self) -> None:
        self.process.communicate(timeout=2 * STOP_SECONDS + 5)


def shared_servers(folder: Path) -> Shared:
    """Wait until the keeper of `folder` has its servers ready."""
    answer = folder / "servers.json"
    deadline = time.monotonic() + 2 * START_SECONDS
    while not answer.exists():
        if time.monotonic() > deadline or (folder / "failed").exists():
            raise RuntimeError("the tests' Postgres or Valkey did not start; the keeper's message is above")
        time.sleep(0.02)
    return Shared(**json.loads(answer.read_text()))


def make_database(dsn: str, name: str) -> str:
    """Make database `name` anew from the migrated template; returns its DSN."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')
        connection.execute(f'create database "{name}" template {TEMPLATE}')
    return psycopg.conninfo.make_conninfo(dsn, dbname=name)


def _keep(folder: Path) -> None:
    """Body of the keeper: start, say where, wait for the end of standard input, stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    servers: list[Server] = []
    try:
        dsn = os.environ.get("TEST_DATABASE_URL") or _started(servers, start_postgres(folder / "postgres"))
        redis_url = os.environ.get("TEST_REDIS_URL") or _started(servers, start_valkey(folder / "valkey"))
        _make_template(dsn)
        ready = folder / "servers.new"
        ready.write_text(json.dumps(Shared(dsn, redis_url)._asdict()))
        ready.rename(folder / "servers.json")
        sys.stdin.buffer.read()
    except BaseException:
        (folder / "failed").touch()
        raise
    finally:
        stop(*servers)


def _started(servers: list[Server], server: Server) -> str:
    servers.append(server)
    return server.url


def _make_template(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"drop database if exists {TEMPLATE} with (force)")
        connection.execute(f"create database {TEMPLATE}")
    migrate(psycopg.conninfo.make_conninfo(dsn, dbname=TEMPLATE))


def _spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )


def _ready(server: Server, probe: Callable[[], None], log: Path) -> Server:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            probe()
            return server
        except (psycopg.OperationalError, redis.RedisError):
            if server.process.poll() is not None or time.monotonic() > deadline:
                stop(server)
                raise RuntimeError(f"{server.url} did not start:\n{log.read_text(errors='replace')}") from None
            time.sleep(0.02)


def _ping(url: str) -> None:
    with redis.Redis.from_url(url, socket_timeout=2) as client:
        client.ping()


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
