"""Stores for chaos: databases and logical Valkey databases of this worker's own, several at once."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psutil
import psycopg
import pytest
import redis

from infra.local.valkey import free_ports
from tests.chaos.checker import Verdict, judge
from tests.chaos.queueing import Queue, SqsServer
from tests.chaos.worker import (
    Env,
    Traits,
    carry_always,
    life,
    processes,
    serve_run_jobs,
    setting,
    start,
    tick_for,
    tick_to_rest,
)  # fmt: skip
from tests.integration.conftest import Api, apps, pooled_dsn, wired  # noqa: F401  fixtures
from tests.servers import Server, Shared, make_database, start_postgres, start_valkey, stop
from tickwork.stores.postgres.migrate import migrate

STANDS_PER_WORKER = 5
REST_SECONDS = 20.0


class Stand(NamedTuple):
    """One pair of empty stores and a ledger."""

    env: Env
    path: str
    raw: "redis.Redis"

    @property
    def dsn(self) -> str:
        return self.env["DATABASE_URL"]

    def index_sizes(self) -> list[int]:
        return [self.raw.zcard(f"tickwork:{{0}}:{name}") for name in ("scheduled", "ready", "leased")]

    def statuses(self) -> dict[str, int]:
        with psycopg.connect(self.dsn) as connection:
            return dict(connection.execute("select status, count(*) from tickwork.jobs group by status").fetchall())

    def ids(self) -> list[UUID]:
        with psycopg.connect(self.dsn) as connection:
            return [row[0] for row in connection.execute("select id from tickwork.jobs")]

    def live(self, bug: str = "", fault: tuple[str, str] | None = None) -> None:
        """One short life that meets `fault`, and then another process that brings everything to rest."""
        self._rescue(start(life, self.env, self.path, bug, fault), bug)

    def live_by(self, how: Env, fault: tuple[str, str], in_run_jobs: bool) -> None:
        """The same while run_jobs runs the batches, which get there as `how` says; the fault is met there, or in the
        tick that hands over."""
        with self.run_jobs(how, *[fault] * in_run_jobs) as env:
            victim = start(life, env, self.path, "", None if in_run_jobs else fault)
            if in_run_jobs:
                self._await_hit()  # a bridge may take longer to start than a life lasts
            self._rescue(victim, "")

    @contextmanager
    def run_jobs(self, how: Env, *faults: tuple[str, str], bug: str = "") -> Iterator[Env]:
        """What a tick needs to hand over to a run_jobs, and the bridge to that when `how` names a queue."""
        (port,) = free_ports(1)
        there = Traits(tuple((*fault, 1) for fault in faults), bug=bug)
        server = start(serve_run_jobs, self.env, self.path, there, processes.Event(), port)
        while server.is_alive() and not _listens(port):
            server.join(0.02)
        env = self.env | how | {"RUN_JOBS_URL": f"http://127.0.0.1:{port}/run"}
        bridges = [start(carry_always, env, self.path, there, processes.Event())] if how["DISPATCH"] == "sqs" else []
        try:
            yield env
        finally:
            for process in (*bridges, server):
                process.kill()
                process.join()

    def _rescue(self, victim: Any, bug: str) -> None:
        while victim.is_alive() and not self._hit():
            victim.join(0.05)
        rescuer = start(tick_to_rest, REST_SECONDS, self.env, self.path, bug)
        victim.join()
        rescuer.join()
        start(tick_to_rest, REST_SECONDS, self.env, self.path, bug).join()
        start(tick_for, 0.2, self.env, self.path, bug).join()  # drops what two ticks at once have left in the index

    def _await_hit(self) -> None:
        until = monotonic() + REST_SECONDS
        while not self._hit() and monotonic() < until:
            sleep(0.05)

    def _hit(self) -> bool:
        ledger = Path(self.path)
        return ledger.exists() and " fault:" in ledger.read_text()

    def verdict(self) -> Verdict:
        return judge(Path(self.path), self.dsn)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def stands(servers: Shared, worker: int, tmp_path: Path) -> Iterator[Callable[[int], list[Stand]]]:
    """A function that makes up to five stands."""
    clients = []

    def make(count: int, **more: str) -> list[Stand]:
        made = []
        for place in range(count):
            number = 20 + STANDS_PER_WORKER * worker + place
            url = f"{servers.redis_url}/{number}"
            clients.append(redis.Redis.from_url(url))
            clients[-1].flushdb()
            dsn = make_database(servers.dsn, f"chaos_{worker}_{place}")
            made.append(Stand(setting(dsn, url, **more), str(tmp_path / f"ledger-{place}"), clients[-1]))
        return made

    yield make
    for client in clients:
        client.close()


@pytest.fixture(scope="module")
def sqs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqsServer]:
    server = SqsServer(tmp_path_factory.mktemp("sqs") / "sqs.log")
    yield server
    server.kill()


@pytest.fixture
def queues(sqs: SqsServer) -> Iterator[Callable[[], Queue]]:
    """A function that makes a queue."""
    made: list[Queue] = []

    def make() -> Queue:
        made.append(Queue(sqs, f"batches-{uuid4()}"))
        return made[-1]

    yield make
    for queue in made:
        queue.close()


class Own:
    """A Postgres and a Valkey that a test may stop, freeze and start again."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.postgres = self._postgres()
        self.valkey = start_valkey(folder / "valkey")
        migrate(self.postgres.url)

    def _postgres(self) -> Server:
        return start_postgres(self._folder / "postgres", shared_preload_libraries="pg_stat_statements")

    def env(self) -> Env:
        return {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.valkey.url}

    def start_postgres(self) -> None:
        self.postgres = self._postgres()

    def close(self) -> None:
        stop(self.postgres, self.valkey)


@contextmanager
def frozen(server: Server) -> Iterator[None]:
    """The server with all its processes does nothing and closes nothing while the block lasts."""
    first = psutil.Process(server.process.pid)
    family = [first, *first.children(recursive=True)]
    _signal(family, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(family, signal.SIGCONT)


def _signal(family: list[psutil.Process], number: signal.Signals) -> None:
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    servers = Own(tmp_path_factory.mktemp("own"))
    yield servers
    servers.close()


@pytest.fixture
def owned(own: Own, wired: object, apps: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> Api:  # noqa: F811
    """The API over the module's own servers, emptied."""
    with psycopg.connect(own.postgres.url, autocommit=True) as sql, redis.Redis.from_url(own.valkey.url) as raw:
        sql.execute("truncate tickwork.jobs, tickwork.job_attempts")
        raw.flushall()
    for name, value in (own.env() | {"STATEMENT_SECONDS": "2"}).items():
        monkeypatch.setenv(name, value)
    return Api(apps)
