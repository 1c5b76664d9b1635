"""Where a drain's time goes: take, claim, decode, handler, settle, index, in microseconds a job."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from tests.benchmarks.stand import Stand
from tickwork.core.context import JobContext
from tickwork.core.handler import Handler, handlers
from tickwork.core.job import MAX_JOBS, Claimed, NewJob, Outcome, Settled, Settlement
from tickwork.core.settings import load_settings
from tickwork.engine.batch_size import BatchSize
from tickwork.engine.interpreter import collect_less
from tickwork.engine.runner import Runner
from tickwork.engine.tick import Tick
from tickwork.engine.turns import take_short_turns
from tickwork.jobs.create import create_jobs
from tickwork.stores.postgres.database import Database
from tickwork.stores.postgres.job_store import JobStore
from tickwork.stores.postgres.migrate import migrate
from tickwork.stores.redis.connection import client
from tickwork.stores.redis.due_index import DueIndex, Taken

STAGES = ("take", "claim", "decode", "handler", "settle", "index")


class Greeting(BaseModel):
    n: int
    to: str
    subject: str


def bench(payload: Greeting, job: JobContext) -> None:
    """Does nothing: what is measured is everything around it."""


class Clock:
    """Wall time and own CPU time of each stage, summed over all threads."""

    def __init__(self) -> None:
        self.wall = dict.fromkeys(STAGES, 0.0)
        self.cpu = dict.fromkeys(STAGES, 0.0)
        self._lock = Lock()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.thread_time()
        yield
        cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
        with self._lock:
            self.wall[name] += wall
            self.cpu[name] += cpu


class TimedStore(JobStore):
    def __init__(self, database: Database, clock: Clock):
        super().__init__(database)
        self._clock = clock

    def claim(self, ids: Sequence[UUID], lease_seconds: float) -> list[Claimed]:
        with self._clock.stage("claim"):
            return super().claim(ids, lease_seconds)

    def settle(self, outcomes: Sequence[Outcome]) -> Settlement:
        with self._clock.stage("settle"):
            return super().settle(outcomes)


class TimedIndex(DueIndex):
    def __init__(self, url: str, clock: Clock):
        super().__init__(client(url))
        self._clock = clock

    def take(self, limit: int, lease_seconds: float, reconcile_seconds: float) -> Taken:
        with self._clock.stage("take"):
            return super().take(limit, lease_seconds, reconcile_seconds)

    def settle(self, rows: Iterable[Settled], ended: Sequence[bytes] = ()) -> None:
        with self._clock.stage("index"):
            super().settle(rows, ended)


class TimedModel:
    """Stands where a handler's payload model does."""

    def __init__(self, clock: Clock):
        self._clock = clock

    def model_validate_json(self, text: str) -> Greeting:
        with self._clock.stage("decode"):
            return Greeting.model_validate_json(text)


def profile(stand: Stand, jobs: int) -> dict[str, Any]:
    """Drain `jobs` no-op jobs in this process; microseconds a job by stage, and of each process's CPU."""
    clock = Clock()
    prepared(stand, jobs)
    collect_less()  # as app.py does where a tick is made
    take_short_turns()
    tick = _tick(stand, clock)
    servers, own, start = stand.cpu_seconds(), time.process_time(), time.perf_counter()
    done = 0
    while done < jobs:
        done += tick().run()["completed"]
    wall, own = time.perf_counter() - start, time.process_time() - own
    postgres, valkey = (after - before for before, after in zip(servers, stand.cpu_seconds(), strict=True))
    each = 1e6 / jobs
    return {
        "jobs": jobs,
        "stages": {name: {"wall_us": clock.wall[name] * each, "cpu_us": clock.cpu[name] * each} for name in STAGES},
        "rest_cpu_us": (own - sum(clock.cpu.values())) * each,
        "client_cpu_us": own * each,
        "postgres_cpu_us": postgres * each,
        "valkey_cpu_us": valkey * each,
        "wall_us": wall * each,
    }


def prepared(stand: Stand, jobs: int) -> tuple[JobStore, DueIndex]:
    """An empty, migrated database with `jobs` due jobs."""
    stand.fresh()
    migrate(stand.dsn)
    database = Database(stand.dsn)
    store, index = JobStore(database), DueIndex(client(stand.valkey.url))
    index.take(1, 1, 60)  # the first tick on a new index looks through the whole table
    create(store, index, jobs)
    database.close()
    stand.settle()
    return store, index


def create(store: JobStore, index: DueIndex, jobs: int, delay: float | None = None) -> None:
    handlers()["bench"] = Handler("bench", bench, Greeting)  # known only here: other tests list the types
    try:
        for start in range(0, jobs, MAX_JOBS):
            create_jobs(store, index, [_new(n, delay) for n in range(start, min(start + MAX_JOBS, jobs))])
    finally:
        del handlers()["bench"]


def _new(n: int, delay: float | None) -> NewJob:
    payload = {"n": n, "to": "user@example.com", "subject": "hello"}
    return NewJob(type="bench", payload=payload, delay_seconds=delay)


def _tick(stand: Stand, clock: Clock) -> Any:
    settings = load_settings({"DATABASE_URL": stand.dsn, "REDIS_URL": stand.valkey.url})
    store, index = TimedStore(Database(stand.dsn), clock), TimedIndex(stand.valkey.url, clock)
    known = {"bench": Handler("bench", bench, TimedModel(clock))}  # type: ignore[arg-type]
    runner = Runner(store, index, known, settings.tick_concurrency, settings.lease_seconds)
    size = BatchSize(settings.tick_concurrency, settings.max_batch)
    return lambda: Tick(store, index, runner.run, size, settings)
