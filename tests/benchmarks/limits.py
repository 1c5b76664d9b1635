"""What this machine can do at most, by the barest code: the yardstick for every figure of the same run."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import redis
import uuid_utils.compat

from tests.benchmarks.stand import Stand
from tickwork.stores.postgres.database import statement
from tickwork.stores.redis.shard import lua

PAYLOAD = json.dumps({"n": 1, "to": "user@example.com", "subject": "hello"})
TABLE = """
create table limits (id uuid primary key, type text not null, status text not null default 'pending',
  payload jsonb not null, attempt int not null default 0, scheduled_at timestamptz not null default now())
"""
UPDATE = """
update limits set status = 'completed', attempt = attempt + 1 from unnest(%s::uuid[]) done (id)
where limits.id = done.id
"""
BATCH = 1000


def measure(stand: Stand, rows: int) -> dict[str, float]:
    """Rates in units a second by name; `round_trip_us` in microseconds."""
    with stand.connect("bench") as connection, redis.Redis.from_url(stand.valkey.url, protocol=2) as valkey:
        connection.execute(TABLE)
        ids = [uuid_utils.compat.uuid7() for _ in range(rows)]
        copied = _rate(rows, lambda: _copy(connection, ids))
        connection.execute("create index on limits (status, id)")
        connection.execute("vacuum analyze limits")
        return {
            "copy_rows": copied,
            "update_rows": _rate(rows, lambda: _update(connection, ids)),
            "round_trip_us": 1e6 / _rate(2000, lambda: [connection.execute("select 1") for _ in range(2000)]),
            "zadd_members": _rate(rows, lambda: _zadd(valkey, ids)),
            "zpopmin_members": _rate(rows, lambda: [valkey.zpopmin("limits", BATCH) for _ in range(rows // BATCH)]),
            "fdatasync": _fdatasync(stand.folder, 2000),
        }


def bare_loop(stand: Stand, jobs: int, batch: int) -> float:
    """Jobs a second of our own statements in one plain loop without threads, handlers or checks: the drain's limit."""
    with psycopg.connect(stand.dsn, autocommit=True) as connection, redis.Redis.from_url(stand.valkey.url) as valkey:
        take = valkey.register_script(lua("take"))
        names = [f"tickwork:{{0}}:{part}" for part in ("scheduled", "ready", "leased", "state")]
        done, start = 0, time.perf_counter()
        while done < jobs:
            _, _, _, packed = take(keys=names, args=[batch, 30_000, 5000, 600_000, 60_000, 10])
            taken = [packed[at : at + 16] for at in range(0, len(packed), 16)]
            ids = sorted(UUID(bytes=id) for id in taken)
            claim = {"ids": ids, "lease_seconds": 30, "early_seconds": 0.05}
            claimed = connection.execute(statement("claim_jobs"), claim).fetchall()
            connection.execute(statement("settle_jobs"), _completed(claimed)).fetchall()
            valkey.zrem(names[2], *taken)
            done += len(claimed)
        return done / (time.perf_counter() - start)


def _completed(claimed: list[tuple[Any, ...]]) -> dict[str, Any]:
    count = len(claimed)
    nothing = [None] * count
    return {
        "ids": [row[0] for row in claimed],
        "attempts": [row[5] for row in claimed],
        "outcomes": ["completed"] * count,
        "errors": nothing,
        "results": nothing,
        "logs": nothing,
        "delays": [0.0] * count,
    }


def _rate(count: int, run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return count / (time.perf_counter() - start)


def _copy(connection: psycopg.Connection, ids: list[UUID]) -> None:
    with connection.cursor().copy("copy limits (id, type, payload) from stdin") as copy:
        copy.write("".join(f"{id}\tbench\t{PAYLOAD}\n" for id in ids))


def _update(connection: psycopg.Connection, ids: list[UUID]) -> None:
    for start in range(0, len(ids), BATCH):
        connection.execute(UPDATE, [ids[start : start + BATCH]])


def _zadd(valkey: redis.Redis, ids: list[UUID]) -> None:
    for start in range(0, len(ids), BATCH):
        valkey.zadd("limits", {id.bytes: place for place, id in enumerate(ids[start : start + BATCH], start)})


def _fdatasync(folder: Path, count: int) -> float:
    with (folder / "fdatasync").open("wb", buffering=0) as file:

        def write() -> None:
            for _ in range(count):
                file.write(bytes(512))
                os.fdatasync(file.fileno())

        return _rate(count, write)
