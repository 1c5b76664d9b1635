"""Figures of degraded operation, on servers of their own: `python -m tests.chaos.measure NAME …` (all without a name)
prints them and keeps them in measured.json, from which docs/RELIABILITY.md has its table."""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from pydantic import BaseModel

from tests.chaos.model import Rules, Size, explore
from tests.servers import start_postgres, start_valkey, stop
from tickwork import app
from tickwork.core.handler import Handler, handlers
from tickwork.engine.maintenance import index_everything
from tickwork.stores.postgres.migrate import migrate

MEASURED = Path(__file__).with_name("measured.json")
NOWHERE = "redis://127.0.0.1:1/0"
FILL = """
insert into tickwork.jobs (id, type, scheduled_at, priority)
select uuidv7(), %(type)s, now() + make_interval(secs => %(due_in)s), n %% 3 from generate_series(1, %(count)s) n
"""

Figures = dict[str, Any]


class Nothing(BaseModel):
    pass


@contextmanager
def stores(**postgres: str) -> Iterator[tuple[str, str]]:
    """DSN and Redis URL of empty servers that end with the block."""
    with TemporaryDirectory(prefix="tickwork-measure-") as folder:
        os.chmod(folder, 0o755)  # Postgres passes through as another user
        servers = [start_postgres(Path(folder, "postgres"), **postgres), start_valkey(Path(folder, "valkey"))]
        try:
            migrate(servers[0].url)
            yield servers[0].url, servers[1].url
        finally:
            if app.database.cache_info().currsize:
                app.database().close()
            stop(*servers)


def wire(dsn: str, redis_url: str, **more: str) -> None:
    """Make this process one of Tickwork's over these stores."""
    os.environ.update({"DATABASE_URL": dsn, "REDIS_URL": redis_url} | more)
    handlers()["noop"] = Handler("noop", lambda payload, job: None, Nothing)
    for part in (app.settings, app.database, app.store, app.index, app.runner, app.batch_size):
        part.cache_clear()


def drained(dsn: str, redis_url: str, count: int) -> float:
    """Jobs a second when `count` are due at once and ticks follow one another."""
    wire(dsn, redis_url)
    with psycopg.connect(dsn, autocommit=True) as sql:
        sql.execute("truncate tickwork.jobs, tickwork.job_attempts, tickwork.job_counts, tickwork.job_throughput")
        sql.execute(FILL, {"count": count, "due_in": -1, "type": "noop"})
        sql.execute("analyze")
    if redis_url != NOWHERE:
        index_everything(app.store(), app.index())
    began, done = time.monotonic(), 0
    while done < count:
        done += app.tick().run()["completed"]
    took = time.monotonic() - began
    app.database().close()
    return count / took


def redis_away(count: int = 40_000) -> Figures:
    """Throughput without Redis, as a share of the throughput with it; the better of two runs each."""
    with stores() as (dsn, redis_url):
        normal = max(drained(dsn, redis_url, count) for _ in range(2))
        away = max(drained(dsn, NOWHERE, count) for _ in range(2))
    return {
        "jobs_per_second": round(normal),
        "jobs_per_second_without_redis": round(away),
        "ratio": round(away / normal, 2),
    }


def reconcile(count: int = 10_000_000) -> Figures:
    """The whole table into an empty index: time, and by how much this process grew over it."""
    with stores(maintenance_work_mem="512MB", max_wal_size="8GB") as (dsn, redis_url):
        wire(dsn, redis_url)
        with psycopg.connect(dsn, autocommit=True) as sql:
            fill_quickly(sql, count)
        app.store().now()
        before, began = _peak_mib(), time.monotonic()
        indexed = index_everything(app.store(), app.index())
        took, grown = time.monotonic() - began, _peak_mib() - before
    return {
        "rows": indexed,
        "seconds": round(took, 1),
        "rows_per_second": round(indexed / took),
        "peak_rss_mib": round(before + grown),
        "growth_mib": round(grown, 1),
    }


def fill_quickly(sql: psycopg.Connection[Any], count: int, due_in: float = 86_400, type: str = "noop") -> None:
    """`count` jobs due in `due_in` seconds; the indexes are made again afterwards."""
    indexes = sql.execute(
        "select format('%I.%I', schemaname, indexname), indexdef from pg_indexes"
        " where schemaname = 'tickwork' and tablename = 'jobs' and indexname <> 'jobs_pkey'"
    ).fetchall()
    for name, _ in indexes:
        sql.execute(f"drop index {name}")
    sql.execute(FILL, {"count": count, "due_in": due_in, "type": type})
    for _, definition in indexes:
        sql.execute(definition)
    sql.execute("analyze tickwork.jobs")


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def snapshot(count: int = 100_000, rounds: int = 5) -> Figures:
    """Milliseconds of a claim of 500 while `count` jobs are worked off `rounds` times over, without and with a session
    that keeps its snapshot from the beginning to the end, so that no dead row can be vacuumed."""
    with stores(autovacuum_naptime="1s") as (dsn, redis_url):
        return {name: _churn(dsn, redis_url, count, rounds, held) for name, held in (("free", False), ("held", True))}


def _churn(dsn: str, redis_url: str, count: int, rounds: int, held: bool) -> Figures:
    wire(dsn, redis_url, MAX_BATCH="500")
    claims = _timed(app.store(), "claim")
    with psycopg.connect(dsn, autocommit=True) as sql, psycopg.connect(dsn) as other:
        sql.execute("truncate tickwork.jobs, tickwork.job_attempts, tickwork.job_counts, tickwork.job_throughput")
        if held:
            other.execute("set transaction isolation level repeatable read")
            other.execute("select count(*) from tickwork.jobs")
        sql.execute(FILL, {"count": count, "due_in": -1, "type": "noop"})
        sql.execute("analyze")
        for _ in range(rounds):
            sql.execute("update tickwork.jobs set status = 'pending', completed_at = null, scheduled_at = now()")
            index_everything(app.store(), app.index())
            while app.tick().run()["completed"]:
                pass
        dead, size = sql.execute(
            "select n_dead_tup, pg_total_relation_size(relid) from pg_stat_user_tables where relname = 'jobs'"
        ).fetchone() or (0, 0)
        look_ups = _timed(app.store(), "find_due")
        app.store().find_due(500)
    app.database().close()
    return {
        "claims": len(claims),
        "claim_p50_ms": _quantile(claims, 0.5),
        "claim_p99_ms": _quantile(claims, 0.99),
        "look_up_without_redis_ms": round(look_ups[0], 1),
        "dead_rows": dead,
        "table_mib": round(size / 2**20),
    }


def _timed(owner: Any, name: str) -> list[float]:
    """Milliseconds of every call of `owner.name` from now on."""
    took: list[float] = []
    call = getattr(owner, name)

    def timed(*args: Any) -> Any:
        began = time.monotonic()
        answer = call(*args)
        took.append((time.monotonic() - began) * 1000)
        return answer

    setattr(owner, name, timed)
    return took


def _quantile(values: list[float], share: float) -> float:
    return round(sorted(values)[int(share * (len(values) - 1))], 1)


SIZES = (
    Size(jobs=2, ticks=2, losses=1, old=0, deaths=1, failures=0),
    Size(jobs=2, ticks=1, losses=1, old=1, deaths=1, failures=1),
    Size(jobs=1, ticks=3, losses=1, old=1, deaths=1, failures=1),
)


def model() -> Figures:
    """States of the small model, every one of which keeps the promises and can reach the end."""
    found: Figures = {}
    for size in SIZES:
        began = time.monotonic()
        states, path = explore(Rules(), size)
        name = ", ".join(f"{value} {field}" for field, value in size._asdict().items())
        found[name] = {"states": states, "counterexample": path, "seconds": round(time.monotonic() - began)}
        print(name, found[name], flush=True)
    return found


MEASURES: dict[str, Callable[[], Figures]] = {
    "redis_away": redis_away,
    "reconcile": reconcile,
    "snapshot": snapshot,
    "model": model,
}


def main(names: list[str]) -> None:
    known = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    for name in names or list(MEASURES):
        known[name] = {"date": datetime.now(UTC).strftime("%Y-%m-%d")} | MEASURES[name]()
        print(name, json.dumps(known[name]))
        MEASURED.write_text(json.dumps(known, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
