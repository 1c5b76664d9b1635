"""What runs in the processes that chaos breaks: ticks, callers, and the handlers that tell the ledger.

Everything is imported before a process is forked from the fork server, so that starting one costs milliseconds.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import psycopg
from pydantic import BaseModel

from shared import create, faults, steering, wiring
from shared.backoff import Backoff
from shared.context import JobContext
from shared.errors import Conflict, NotFound, Unavailable
from shared.handlers import Handler, handlers
from shared.job import NewJob, When
from tests.chaos.bugs import BUGS
from tests.chaos.ledger import Ledger

PAUSE_SECONDS = 0.02
LEASE_SECONDS = 1.0
STALL_SECONDS = 1.6  # past the lease, while the next owner of a slow job is still at it
SLOW_SECONDS = 0.9

Env = dict[str, str]
SHORT = {"LEASE_SECONDS": "1", "RECONCILE_SECONDS": "1", "TICK_BUDGET_SECONDS": "1", "TICK_CONCURRENCY": "4"}

processes = get_context("forkserver")
processes.set_forkserver_preload([__name__, "uuid_utils.compat", "psycopg_pool", "shared.tick", "shared.runner"])

ledger: Ledger


class Work(BaseModel):
    seconds: float = 0.0
    fail_until: int = 0  # attempts up to this one fail
    kill: bool = False  # takes its process along


def work(payload: Work, job: JobContext) -> dict[str, int]:
    """Tell the ledger, take a while, tell again. The result names the attempt, so that a stale one shows."""
    ledger.note("start", job.id, attempt=job.attempt)
    sleep(payload.seconds)
    faults.fault("handler.middle")
    if payload.kill:
        ledger.note("fault:kill")
        os.kill(os.getpid(), signal.SIGKILL)
    if job.attempt <= payload.fail_until:
        raise ValueError("not yet")
    ledger.note("end", job.id, attempt=job.attempt)
    return {"attempt": job.attempt}


HANDLER = Handler("work", work, Work, timeout=20, backoff=Backoff(base=0.05, factor=1, cap=0.1))


class Fault:
    """Breaks the process the first time that it passes `point`."""

    def __init__(self, point: str, mode: str):
        self._point, self._mode, self._armed = point, mode, True

    def __call__(self, point: str) -> None:
        if point == self._point and self._armed:
            self._armed = False
            ledger.note(f"fault:{self._mode}")
            MODES[self._mode]()


def _raise(error: BaseException) -> None:
    raise error


# `lost`: the statement has been committed, but its answer does not come.
MODES: dict[str, Callable[[], object]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "raise": lambda: _raise(InterruptedError("a fault raised this")),
    "stall": lambda: sleep(STALL_SECONDS),
    "lost": lambda: _raise(Unavailable("the answer got lost")),
}


def prepare(env: Env, path: str, bug: str = "", fault: tuple[str, str] | None = None) -> None:
    """Make this process one of Tickwork's, over the stores of `env`, with a bug or a fault if one is named."""
    global ledger
    os.environ.update(env)
    log = os.open(f"{path}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 2)
    ledger = Ledger(path)
    handlers()["work"] = HANDLER
    if bug:
        BUGS[bug]()
    if fault:
        faults.arm(Fault(*fault))


def tick_once() -> None:
    """A tick; whatever else than an absent store ends it goes into the ledger."""
    try:
        wiring.tick().run()
    except (Unavailable, InterruptedError):
        pass
    except Exception as error:
        ledger.note(f"error:{type(error).__name__}")
        with suppress(OSError):
            import traceback

            traceback.print_exc()


def tick_for(seconds: float, env: Env, path: str, bug: str = "", fault: tuple[str, str] | None = None) -> None:
    prepare(env, path, bug, fault)
    until = monotonic() + seconds
    while monotonic() < until:
        tick_once()
        sleep(PAUSE_SECONDS)


def tick_to_rest(seconds: float, env: Env, path: str, bug: str = "") -> None:
    """Tick until every row is final, `seconds` at most."""
    prepare(env, path, bug)
    until = monotonic() + seconds
    while monotonic() < until and unfinished(os.environ["DATABASE_URL"]):
        tick_once()
        sleep(PAUSE_SECONDS)


def unfinished(dsn: str) -> int:
    """How many jobs are not final; 1 when the database does not say."""
    with suppress(psycopg.OperationalError), psycopg.connect(dsn, connect_timeout=2) as connection:
        counted = "select count(*) from tickwork.jobs where status in ('pending', 'in_progress')"
        return int(connection.execute(counted).fetchone()[0])  # type: ignore[index]
    return 1


class Caller:
    """Uses the API's own functions and notes what it was told, after it was told."""

    def create(self, count: int = 1, max_retries: int = 20, delay: float = 0.0, **payload: Any) -> list[UUID]:
        job = NewJob(type="work", payload=payload, max_retries=max_retries, delay_seconds=delay)
        made, _ = create.create_jobs(wiring.store(), wiring.index(), [job] * count)
        ids = [view["id"] for view in made]
        ledger.note("created", *ids)
        return ids

    def cancel(self, id: UUID) -> None:
        with suppress(Conflict, NotFound):
            row = steering.cancel_job(wiring.store(), wiring.index(), id)
            ledger.note("cancelled" if row["status"] == "cancelled" else "requested", id)

    def retry(self, id: UUID) -> None:
        ledger.note("retrying", id)
        with suppress(Conflict, NotFound):
            steering.retry_job(wiring.store(), wiring.index(), id, When())

    def move(self, id: UUID) -> None:
        with suppress(Conflict, NotFound):
            change = steering.Change(delay_seconds=0.1, priority=5)
            steering.update_job(wiring.store(), wiring.index(), id, change)


def life(env: Env, path: str, bug: str = "", fault: tuple[str, str] | None = None) -> None:
    """A short life that passes every fault point: create, cancel, retry, move, and ticks with a slow job."""
    prepare(env, path, bug)
    caller = Caller()
    caller.create(2, seconds=SLOW_SECONDS)
    caller.create(fail_until=1)
    faults.arm(Fault(*fault) if fault else faults._nothing)
    with suppress(Unavailable, InterruptedError):
        caller.create(3)
    for act in (caller.cancel, caller.retry, caller.move):
        with suppress(Unavailable, InterruptedError):
            (id,) = caller.create(delay=0.4)
            caller.cancel(id)
            if act != caller.cancel:
                caller.retry(id)
                act(id)
    until = monotonic() + 2.5
    while monotonic() < until and unfinished(os.environ["DATABASE_URL"]):
        tick_once()
        sleep(PAUSE_SECONDS)


def start(target: Callable[..., None], *args: Any) -> Any:
    """A process that runs `target`; end it with kill() and join()."""
    process = processes.Process(target=target, args=args, daemon=True)
    process.start()
    return process


def setting(database: str, valkey: str, **more: str) -> Env:
    return SHORT | {"DATABASE_URL": database, "REDIS_URL": valkey} | more
