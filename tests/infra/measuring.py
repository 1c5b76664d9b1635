"""What a job and an idle tick ask of the stores: commands as sent, statements and CPU as Postgres and the system count.

`python -m tests.infra.measuring` measures on servers of its own and writes docs/cost.json, which infra/cost reads;
`--quick` measures less and prints it. What scripts run inside of Valkey is counted apart: it travels nowhere.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, LiteralString

import functions_framework
import psutil
import psycopg
import redis
from pydantic import BaseModel, ConfigDict
from redis.connection import PythonRespSerializer
from werkzeug.test import Client

from infra.cost.measured import Part
from infra.render import ROOT
from tests.servers import Server, start_postgres, start_valkey, stop
from tickwork.core.context import JobContext
from tickwork.core.handler import Handler, handlers
from tickwork.core.settings import settings
from tickwork.stores.postgres.migrate import migrate

FILE = ROOT / "docs" / "cost.json"
JOBS = 10_000
SINGLES = 300
TICKS = 100
KEY = "an-admins-key-for-measuring"
FUNCTIONS = ("create_job", "list_jobs", "tick")
SENT = {"commands": 0}


def count_commands() -> None:
    """Every command that this process packs for a connection is counted from now on, but those of Meter."""
    pack = PythonRespSerializer.pack

    def counted(self: PythonRespSerializer, *words: Any) -> Any:
        SENT["commands"] += words[0] != "INFO"
        return pack(self, *words)

    PythonRespSerializer.pack = counted  # type: ignore[method-assign]


class Meter:
    """Reads the counters of both servers and of this process."""

    def __init__(self, postgres: Server, valkey: Server):
        self._sql = psycopg.connect(postgres.url, autocommit=True)
        self._redis = redis.Redis.from_url(valkey.url)
        self._sql.execute("create extension if not exists pg_stat_statements")
        self._postgres = psutil.Process(postgres.process.pid)
        self._valkey = psutil.Process(valkey.process.pid)
        self._reads = 0

    def close(self) -> None:
        self._sql.close()
        self._redis.close()

    def read(self) -> Part:
        """Sums since the servers started."""
        sent, every = SENT["commands"], self._run_commands()
        python = resource.getrusage(resource.RUSAGE_SELF)
        return Part(
            sent,
            every - sent,
            self._statements(),
            (python.ru_utime + python.ru_stime) * 1e6,
            sum(_cpu(process) for process in [self._postgres, *self._postgres.children(recursive=True)]),
            _cpu(self._valkey),
            self._ask("select pg_current_wal_lsn() - '0/0'"),
        )

    def _run_commands(self) -> float:
        """By clients and by their scripts, without what this meter asked."""
        asked = self._reads
        self._reads += 1
        return sum(stat["calls"] for stat in self._redis.info("commandstats").values()) - asked  # type: ignore[union-attr]

    def size(self) -> int:
        """Bytes of every table and index."""
        query = (
            "select sum(pg_total_relation_size(oid)) from pg_class"
            " where relkind = 'r' and relnamespace::regnamespace::text = 'tickwork'"
        )
        return int(self._ask(query))

    def _ask(self, query: LiteralString) -> float:
        row = self._sql.execute(query).fetchone()
        assert row
        return float(row[0])

    def _statements(self) -> float:
        return self._ask(
            "select coalesce(sum(calls), 0) from pg_stat_statements where query not like '%pg_stat_statements%'"
            " and query not like '%pg_current_wal_lsn%'"
        )


def per_one(after: Part, before: Part, n: int) -> dict[str, float]:
    """What was added, for each of `n`, to four digits."""
    added = {name: getattr(after, name) - getattr(before, name) for name in Part._fields}
    return {name: float(f"{max(0.0, value) / n:.4g}") for name, value in added.items()}


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return (times.user + times.system) * 1e6


@contextmanager
def measured(folder: Path) -> Any:
    """(meter, clients by function) over servers of their own."""
    postgres = start_postgres(folder / "postgres", shared_preload_libraries="pg_stat_statements", full_page_writes="on")
    valkey = start_valkey(folder / "valkey")
    try:
        migrate(postgres.url)
        os.environ |= {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url, "API_KEY": KEY, "TICK_AUTH": "platform"}
        os.environ |= {"RECONCILE_SECONDS": "3600", "LOG_LEVEL": "ERROR", "TICK_BUDGET_SECONDS": "60"}
        meter = Meter(postgres, valkey)
        try:
            yield meter, {name: _client(name) for name in FUNCTIONS}
        finally:
            meter.close()
    finally:
        stop(postgres, valkey)


def _client(name: str) -> Client:
    return Client(functions_framework.create_app(name, str(ROOT / "functions" / name / "main.py")))


def measure(jobs: int, singles: int, ticks: int, minutes: int, folder: Path) -> dict[str, Any]:
    """Each part of a job's life, for one job, and an idle tick; connections exist before anything is counted."""
    count_commands()
    with measured(folder) as (meter, clients):
        for _ in range(3):
            create(clients, 1)
            tick(clients)
        return {
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "jobs": jobs,
            "create": part(meter, lambda: [create(clients, 1) for _ in range(singles)], singles),
            "create_batch": part(meter, lambda: [create(clients, 1000) for _ in range(jobs // 1000)], jobs),
            "run": part(meter, lambda: drain(clients, jobs + singles), jobs + singles),
            "idle_tick": part(meter, lambda: [tick(clients) for _ in range(ticks)], ticks),
            "list": part(meter, lambda: [read(clients) for _ in range(ticks)], ticks),
            "minute": part(meter, lambda: [keep_house(clients) for _ in range(minutes)], minutes),
            "bytes": meter.size() // (jobs + singles),
        }


def part(meter: Meter, act: Callable[[], object], n: int) -> dict[str, float]:
    before = meter.read()
    act()
    return per_one(meter.read(), before, n)


def create(clients: dict[str, Client], n: int) -> None:
    jobs = [{"type": "nothing", "payload": {"n": i, "to": "user@example.com", "subject": "hello"}} for i in range(n)]
    body = jobs[0] if n == 1 else jobs
    answer = clients["create_job"].post("/jobs", json=body, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 201, answer.text


def tick(clients: dict[str, Client]) -> dict[str, Any]:
    answer = clients["tick"].post("/tick")
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def drain(clients: dict[str, Client], jobs: int) -> None:
    done = sum(iter(lambda: tick(clients)["completed"], 0))
    assert done == jobs, f"{done} of {jobs} ran"


def keep_house(clients: dict[str, Client]) -> None:
    """What an idle tick does besides once a minute, RECONCILE_SECONDS: here after a second."""
    os.environ["RECONCILE_SECONDS"] = "1"
    settings.cache_clear()
    time.sleep(1.1)
    tick(clients)


def read(clients: dict[str, Client]) -> None:
    answer = clients["list_jobs"].get("/jobs?limit=50", headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200, answer.text


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")


def nothing(_: Anything, __: JobContext) -> None:
    """A handler whose cost is Tickwork's own."""


def main() -> None:
    handlers()["nothing"] = Handler("nothing", nothing, Anything, 10, None)
    quick = "--quick" in sys.argv
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        result = measure(*((2000, 20, TICKS, 1) if quick else (JOBS, SINGLES, TICKS, 10)), Path(folder))
    text = json.dumps(result, indent=2) + "\n"
    print(text, end="") if quick else FILE.write_text(text)


if __name__ == "__main__":
    main()
