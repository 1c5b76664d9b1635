"""What runs in the processes that chaos breaks: ticks, callers, and the handlers that tell the ledger.

Everything is imported before a process is forked from the fork server, so that starting one costs milliseconds.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from pydantic import BaseModel

from tests.chaos.bugs import BUGS
from tests.chaos.ledger import Ledger
from tickwork import app
from tickwork.core import failpoints
from tickwork.core.backoff import Backoff
from tickwork.core.context import JobContext
from tickwork.core.errors import Conflict, NotFound, Unavailable
from tickwork.core.handler import Handler, handlers
from tickwork.core.job import NewJob, Settled, When
from tickwork.engine.report import Report
from tickwork.jobs import control, create
from tickwork.stores.redis.shard import score

PAUSE_SECONDS = 0.02
LEASE_SECONDS = 1.0
STALL_SECONDS = 1.6  # past the lease, while the next owner of a slow job is still at it
SLOW_SECONDS = 0.9
LIFE_SECONDS = 20.0  # at most; it ends when its jobs have, after two or three

Env = dict[str, str]
RUN_JOBS = Path(__file__).parents[2] / "functions" / "run_jobs" / "main.py"
SHORT = {"LEASE_SECONDS": "1", "RECONCILE_SECONDS": "1", "TICK_BUDGET_SECONDS": "1", "TICK_CONCURRENCY": "4"}
SHORT |= {"LOG_LEVEL": "ERROR", "TICK_SECRET": "known-to-the-processes-of-one-campaign-only"}

processes = get_context("forkserver")
processes.set_forkserver_preload(
    [
        __name__, "uuid_utils.compat", "psycopg_pool", "tickwork.engine.tick", "tickwork.engine.runner", 
        "functions_framework", "httpx", "boto3", "botocore.client", "infra.local.bridge",
    ]
)  # fmt: skip

ledger: Ledger
handlers()  # found before any process is forked


class Work(BaseModel):
    seconds: float = 0.0
    fail_until: int = 0  # attempts up to this one fail
    kill: bool = False  # takes its process along


def work(payload: Work, job: JobContext) -> dict[str, int]:
    """Tell the ledger, take a while, tell again. The result names the attempt, so that a stale one shows."""
    ledger.note("start", job.id, attempt=job.attempt)
    sleep(payload.seconds)
    failpoints.passing("handler.middle")
    if payload.kill:
        ledger.note("fault:kill")
        os.kill(os.getpid(), signal.SIGKILL)
    if job.attempt <= payload.fail_until:
        raise ValueError("not yet")
    ledger.note("end", job.id, attempt=job.attempt)
    return {"attempt": job.attempt}


HANDLER = Handler("work", work, Work, timeout=20, backoff=Backoff(base=0.05, factor=1, cap=0.1))
RARE = "rare"  # the type that some deploys do not know


class Fault:
    """Breaks the process when it passes `point` for the `nth` time. `then`: the fault that is armed by that."""

    def __init__(self, point: str, mode: str, nth: int = 1, then: "Fault | None" = None):
        self._point, self._mode, self._left, self._then = point, mode, nth, then

    def __call__(self, point: str) -> None:
        if self._left <= 0:
            if self._then:
                self._then(point)
            return
        self._left -= point == self._point
        if self._left <= 0:
            ledger.note(f"fault:{self._mode}", self._point)
            MODES[self._mode]()


class Traits(NamedTuple):
    """How one generation of a process differs from the product: what breaks in it, and what it lacks."""

    faults: tuple[tuple[str, str, int], ...] = ()  # point, mode, at which pass; the second is armed by the first
    skew_seconds: float = 0.0  # its clock against everybody else's
    without: str = ""  # a job type that this deploy does not know
    bug: str = ""  # see bugs.py


def _raise(error: BaseException) -> None:
    raise error


# `lost`: the statement has been committed, but its answer does not come.
MODES: dict[str, Callable[[], object]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "raise": lambda: _raise(InterruptedError("a fault raised this")),
    "stall": lambda: sleep(float(os.environ["LEASE_SECONDS"]) + STALL_SECONDS - LEASE_SECONDS),
    "lost": lambda: _raise(Unavailable("the answer got lost")),
}


def prepare(env: Env, path: str, bug: str = "", fault: tuple[str, str] | None = None) -> None:
    """Make this process one of Tickwork's, over the stores of `env`, with a bug or a fault if one is named."""
    global ledger
    os.environ.update(env)
    log = os.open(f"{path}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    ledger = Ledger(path)
    ledger.note("born")
    handlers()["work"] = handlers()[RARE] = HANDLER
    if bug:
        BUGS[bug]()
    if fault:
        failpoints.arm(Fault(*fault))


def prepare_generation(env: Env, path: str, traits: Traits) -> None:
    """The same for a process of the campaign."""
    prepare(env, path, traits.bug)
    tell_what_is_held()
    planned = None
    for plan in reversed(traits.faults):
        planned = Fault(*plan, then=planned)
    if planned:
        failpoints.arm(planned)
    if traits.skew_seconds:
        skew_clock(traits.skew_seconds)
        ledger.note("fault:clock_skew")
    if traits.without:
        del handlers()[traits.without]
        ledger.note("fault:deploy_without_handler")


def tell_what_is_held() -> None:
    """The ledger learns which jobs this process has in its hands, before any of them starts."""
    take, claim = app.index().take, app.store().claim

    def taken(*args: Any) -> Any:
        answer = take(*args)
        ledger.note("held", *answer.ids or ["-"])
        return answer

    def claimed(*args: Any) -> Any:
        jobs = claim(*args)
        ledger.note("held", *[job.id for job in jobs] or ["-"])
        return jobs

    app.index().take = taken  # type: ignore[method-assign]
    app.store().claim = claimed  # type: ignore[method-assign]


def skew_clock(seconds: float) -> None:
    """From here on this process's wall clock is `seconds` ahead; the monotonic one is not touched."""
    right, true_time = datetime, time.time

    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, right)

    class Skewed(right, metaclass=Kind):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return right.now(tz) + timedelta(seconds=seconds)

    time.time = lambda: true_time() + seconds
    for name, module in list(sys.modules.items()):
        if name.startswith("tickwork.") and getattr(module, "datetime", None) is right:
            module.datetime = Skewed  # type: ignore[attr-defined]


def tick_once() -> None:
    """A tick; whatever else than an absent store ends it goes into the ledger."""
    try:
        refused = app.tick().run()["refused"]
        note_refused(refused if app.settings().dispatch == "local" else 0)  # others tell for themselves
    except (Unavailable, InterruptedError):
        pass
    except Exception as error:
        ledger.note(f"error:{type(error).__name__}")
        with suppress(OSError):
            import traceback

            traceback.print_exc()


def note_refused(count: int) -> None:
    if count:
        ledger.note("refused", attempt=count)


def tick_for(seconds: float, env: Env, path: str, bug: str = "", fault: tuple[str, str] | None = None) -> None:
    prepare(env, path, bug, fault)
    until = monotonic() + seconds
    while monotonic() < until:
        tick_once()
        sleep(PAUSE_SECONDS)


def tick_always(env: Env, path: str, traits: Traits, at_work: Any) -> None:
    """A tick process of the campaign, until it is killed. `at_work`: an event that says when it began."""
    prepare_generation(env, path, traits)
    at_work.set()
    while True:
        tick_once()
        sleep(PAUSE_SECONDS)


def serve_run_jobs(env: Env, path: str, traits: Traits, at_work: Any, port: int) -> None:
    """The function run_jobs itself, on `port`, until it is killed."""
    prepare_generation(env, path, traits)
    import functions_framework
    from werkzeug.serving import make_server

    run = app.runner().run

    def watched(ids: Any, until: float, report: Report) -> int:
        try:
            return run(ids, until, report)
        except (Unavailable, InterruptedError):
            raise
        except Exception as error:
            ledger.note(f"error:{type(error).__name__}")
            raise
        finally:
            note_refused(report.count("refused"))

    app.runner().run = watched  # type: ignore[method-assign]
    served = functions_framework.create_app("run_jobs", str(RUN_JOBS))
    server = make_server("127.0.0.1", port, served, threaded=True)
    at_work.set()
    server.serve_forever()


def carry_always(env: Env, path: str, traits: Traits, at_work: Any) -> None:
    """The bridge of `make up`, from the queue to run_jobs, until it is killed."""
    prepare(env, path, traits.bug)
    from infra.local import bridge

    at_work.set()
    try:
        bridge.run(app.settings())
    except Exception as error:
        ledger.note(f"error:bridge:{type(error).__name__}")
        raise


def compare_index(env: Env, path: str) -> None:
    """Waiting and running rows, an index that has lost everything, one tick: then it must hold just these rows."""
    prepare(env, path)
    jobs = [NewJob(type="work", max_retries=0, delay_seconds=delay) for delay in [0.0] * 20 + [3600.0] * 200]
    made, _ = create.create_jobs(app.store(), app.index(), jobs)
    held = app.store().claim([view["id"] for view in made[:20]], 60)
    app.index()._redis.flushall()
    tick_once()
    index, [shard] = app.index(), app.index().shards
    rows = [row for page in app.store().unfinished() for row in page]
    wanted = {
        shard.scheduled: {row.id.bytes: score(row.scheduled_at, row.priority) for row in rows if _waits(row)},
        shard.ready: {},
        shard.leased: {row.id.bytes: score(row.lease_expires_at, row.priority) for row in rows if not _waits(row)},
    }
    for key, members in wanted.items():
        found = dict(index._redis.zrange(key, 0, -1, withscores=True))
        for member in {id for id, _ in members.items() ^ found.items()}:
            ledger.note(f"index_differs:{key.rpartition(':')[2]}", member.hex())
    ledger.note("index_compared", attempt=len(rows) if len(held) == 20 else 0)


def _waits(row: Settled) -> bool:
    return row.lease_expires_at is None


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
        counted = "select count(*) from tickwork.jobs where phase = 'open'"  # by its index, however many are final
        return int(connection.execute(counted).fetchone()[0])  # type: ignore[index]
    return 1


class Caller:
    """Uses the API's own functions and notes what it was told, after it was told."""

    def __init__(self) -> None:
        with suppress(Unavailable):
            app.store().now()  # to connect takes longest, and is waited for for two seconds only

    def create(
        self, count: int = 1, max_retries: int = 20, delay: float = 0.0, type: str = "work", **payload: Any
    ) -> list[UUID]:
        job = NewJob(type=type, payload=payload, max_retries=max_retries, delay_seconds=delay)
        made, _ = create.create_jobs(app.store(), app.index(), [job] * count)
        ids = [view["id"] for view in made]
        ledger.note("created", *ids)
        return ids

    def cancel(self, id: UUID) -> None:
        with suppress(Conflict, NotFound):
            row = control.cancel_job(app.store(), app.index(), id)
            ledger.note("cancelled" if row["status"] == "cancelled" else "requested", id)

    def retry(self, id: UUID) -> None:
        ledger.note("retrying", id)
        with suppress(Conflict, NotFound):
            control.retry_job(app.store(), app.index(), id, When())

    def move(self, id: UUID) -> None:
        with suppress(Conflict, NotFound):
            change = control.Change(delay_seconds=0.1, priority=5)
            control.update_job(app.store(), app.index(), id, change)


def life(env: Env, path: str, bug: str = "", fault: tuple[str, str] | None = None) -> None:
    """A short life that passes every fault point: create, cancel, retry, move, and ticks with a slow job."""
    prepare(env, path, bug)
    caller = Caller()
    caller.create(2, seconds=SLOW_SECONDS)
    caller.create(fail_until=1)
    failpoints.arm(Fault(*fault) if fault else failpoints._nothing)
    with suppress(Unavailable, InterruptedError):
        caller.create(3)
    for act in (caller.cancel, caller.retry, caller.move):
        with suppress(Unavailable, InterruptedError):
            (id,) = caller.create(delay=0.4)
            caller.cancel(id)
            if act != caller.cancel:
                caller.retry(id)
                act(id)
    until = monotonic() + LIFE_SECONDS
    while monotonic() < until and unfinished(os.environ["DATABASE_URL"]):
        tick_once()
        sleep(PAUSE_SECONDS)


def start(target: Callable[..., None], *args: Any) -> Any:
    """A process that runs `target`; end it with kill() and join()."""
    process = processes.Process(target=target, args=args, daemon=True)
    process.start()
    process.kept = args  # an event must outlive the moment in which the new process opens it
    return process


def setting(database: str, valkey: str, **more: str) -> Env:
    return SHORT | {"DATABASE_URL": database, "REDIS_URL": valkey} | more
