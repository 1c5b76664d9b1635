"""`python -m tests.benchmarks.fan_out`: the drain rate with 1, 2, 4 and 8 run_jobs behind DISPATCH=http, each a
functions-framework server of its own, with a tick for a shard each and handlers of 50 ms. Three minutes; writes
docs/fan-out.json and its table in docs/SCALING.md. Arguments such as `4x8` measure these rows alone anew."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import psutil

from infra.local.valkey import free_ports
from tests.benchmarks.environments import BUILD, ROOT
from tests.benchmarks.fan_out_page import FIGURES, publish
from tests.benchmarks.serving.run_jobs import HANDLER_SECONDS
from tests.benchmarks.stages import create
from tests.benchmarks.stand import Stand, stand
from tickwork.core.errors import Unavailable
from tickwork.core.settings import load_settings
from tickwork.engine.batch_size import BatchSize
from tickwork.engine.dispatch.http import dispatch_of
from tickwork.engine.tick import Tick
from tickwork.stores.postgres.database import Database
from tickwork.stores.postgres.job_store import JobStore
from tickwork.stores.postgres.migrate import migrate
from tickwork.stores.redis.connection import client
from tickwork.stores.redis.due_index import DueIndex

SECRET = "what-the-ticks-of-the-benchmark-show"
SOURCE = ROOT / "tests" / "benchmarks" / "serving" / "run_jobs.py"
PROCESSES = (1, 2, 4, 8)
CONCURRENCY = (8, 64)  # handlers at once in a process: the default, and one at which the cores end
WARM_SECONDS, SECONDS = 2.0, 5.0
AT_MOST = 5_000  # jobs a second that are prepared for; more than two cores do


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended with us
    folder = BUILD / "fan_out"
    shutil.rmtree(folder, ignore_errors=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    with stand(folder) as servers:
        _keep([measured(servers, count, at_once) for count, at_once in _asked()])
    shutil.rmtree(folder, ignore_errors=True)


def _asked() -> list[tuple[int, int]]:
    every = [(count, at_once) for at_once in CONCURRENCY for count in PROCESSES]
    return [row for row in every if not sys.argv[1:] or f"{row[0]}x{row[1]}" in sys.argv[1:]]


def _keep(measured: list[dict[str, Any]]) -> None:
    """Once, when all are measured: a run that broke off leaves no table of two runs."""
    known = json.loads(FIGURES.read_text())["rows"] if FIGURES.exists() else []
    rows = {(row["at_once"], row["processes"]): row for row in [*known, *measured]}
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    publish({"date": today, "cores": len(os.sched_getaffinity(0)), "rows": [rows[key] for key in sorted(rows)]})


def measured(servers: Stand, count: int, at_once: int) -> dict[str, Any]:
    """Jobs a second, and CPU in microseconds a job by part, over SECONDS of steady work."""
    servers.fresh()
    migrate(servers.dsn)
    ceiling = count * at_once / HANDLER_SECONDS
    database = Database(servers.dsn)
    store, index = JobStore(database), DueIndex(client(servers.valkey.url), shards=count)
    index.take(1, 1, 3600)
    create(store, index, int(min(ceiling, AT_MOST) * (WARM_SECONDS + SECONDS) * 1.3))
    servers.settle()
    with ExitStack() as stack:
        workers = [stack.enter_context(serving(servers, count, at_once)) for _ in range(count)]
        stack.enter_context(ticking(store, index, [url for url, _ in workers], servers, at_once))
        row = _watched(servers, [process for _, process in workers])
    database.close()
    told = {"processes": count, "at_once": at_once, "ceiling": ceiling} | row
    print(json.dumps(told), flush=True)
    return told


def _watched(servers: Stand, workers: list[psutil.Process]) -> dict[str, float]:
    with servers.connect("bench") as sql:

        def state() -> list[float]:
            count = "select count(*) from tickwork.jobs where phase = 'completed'"
            done = sql.execute(count).fetchone()[0]
            postgres, valkey = servers.cpu_seconds()
            run = sum(_cpu(process) for process in workers)
            return [time.perf_counter(), done, _machine(), run, time.process_time(), postgres, valkey]

        time.sleep(WARM_SECONDS)
        before = state()
        time.sleep(SECONDS)
        seconds, jobs, machine, *cpu = (after - first for first, after in zip(before, state(), strict=True))
    names = ("run_jobs_us", "ticks_us", "postgres_us", "valkey_us")
    used = {name: 1e6 * part / jobs for name, part in zip(names, cpu, strict=True)}
    ours, all_of_it = sum(cpu) / seconds, machine / seconds
    return {"jobs_per_second": jobs / seconds, "cores_busy": ours, "others_busy": max(0.0, all_of_it - ours)} | used


def _machine() -> float:
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)


def _cpu(process: psutil.Process) -> float:
    return sum(sum(part.cpu_times()[:2]) for part in [process, *process.children(recursive=True)])


@contextmanager
def serving(servers: Stand, shards: int, at_once: int) -> Iterator[tuple[str, psutil.Process]]:
    """One run_jobs, ready: its address and its process."""
    (port,) = free_ports(1)
    env = os.environ | servers.env() | {
        "INDEX_SHARDS": str(shards), "TICK_CONCURRENCY": str(at_once), "TICK_SECRET": SECRET, "DEBUG": "false",
        "LOG_LEVEL": "WARNING", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    where = ["--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-m", "functions_framework", "--source", str(SOURCE), "--target", "run_jobs", *where]
    with (servers.folder / "run_jobs.log").open("ab") as log:
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _until_ready(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}/run", psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return  # it answers: a GET is none of its routes
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("run_jobs did not start; see run_jobs.log") from None
            time.sleep(0.1)


@contextmanager
def ticking(store: JobStore, index: DueIndex, urls: list[str], servers: Stand, at_once: int) -> Iterator[None]:
    """Ticks follow each other, one for each shard, that hands over to a run_jobs of its own."""
    over, threads = Event(), []
    for shard, url in enumerate(urls):
        settings = load_settings({
            "DATABASE_URL": servers.dsn, "REDIS_URL": servers.valkey.url, "DISPATCH": "http", "RUN_JOBS_URL": url,
            "TICK_SECRET": SECRET, "TICK_BUDGET_SECONDS": "30", "TICK_CONCURRENCY": str(at_once),
            "RECONCILE_SECONDS": "3600",
        })  # fmt: skip
        mine, dispatch = index.narrowed([shard]), dispatch_of(settings, lambda: None, index)  # type: ignore[arg-type,return-value]
        size = BatchSize(at_once, settings.max_batch)

        def go_on(
            mine: DueIndex = mine, dispatch: Any = dispatch, size: BatchSize = size, settings: Any = settings
        ) -> None:
            def hand_over(ids: Any, until: float, report: Any) -> int:
                return 0 if over.is_set() else dispatch(ids, until, report)

            while not over.is_set():
                try:
                    Tick(store, mine, hand_over, size, settings).run()
                except Unavailable:
                    continue

        threads.append(Thread(target=go_on))
        threads[-1].start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(60)


if __name__ == "__main__":
    main()
