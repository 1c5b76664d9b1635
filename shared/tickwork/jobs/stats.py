"""Figures for the overview, at a cost that does not grow with the number of jobs: counters, minutes, buckets."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from tickwork.core.errors import IndexDown
from tickwork.core.job import COUNTED_AS, JobStatus
from tickwork.stores.postgres.job_store import JobStore, Row
from tickwork.stores.redis.due_index import DueIndex

DUE_CAP = 10_000
RANGES = {"1h": (3600, 60), "24h": (86_400, 1800), "7d": (604_800, 10_800), "30d": (2_592_000, 43_200)}


class StatsQuery(BaseModel):
    """What GET /jobs/stats takes."""

    model_config = ConfigDict(extra="forbid")

    range: Annotated[
        Literal["1h", "24h", "7d", "30d"], Field(description="How far back throughput and durations go.")
    ] = "1h"


QUERY = TypeAdapter(StatsQuery)


def job_stats(store: JobStore, index: DueIndex, query: StatsQuery, silence_seconds: float) -> dict[str, Any]:
    """Counts by status and type, what is due, throughput, wait and run percentiles, and when a tick last came."""
    range_seconds, bucket_seconds = RANGES[query.range]
    counts, now = store.counts(), store.now()
    durations = store.durations(range_seconds)
    ticked_at, degraded = last_tick(store, index)
    return {
        "counts": _by_status(counts),
        "types": _by_type(counts),
        "due": store.due(DUE_CAP),
        "throughput": {
            "bucket_seconds": bucket_seconds,
            "points": _points(store.throughput(range_seconds, bucket_seconds), now, range_seconds, bucket_seconds),
        },
        "wait_ms": _percentiles([row for row in durations if row["kind"] == "wait"]),
        "run_ms": _percentiles([row for row in durations if row["kind"] == "run"]),
        "tick": {
            "last_tick_at": ticked_at,
            "silent": is_silent(ticked_at, now, silence_seconds),
            "silence_seconds": silence_seconds,
        },
        "degraded": degraded,
    }


def last_tick(store: JobStore, index: DueIndex) -> tuple[datetime | None, list[str]]:
    """When a tick last came, and which stores could not say: while the index is away, ticks note it in Postgres."""
    try:
        return index.ticked_at(), []
    except IndexDown:
        return store.ticked_at(), ["redis"]


def is_silent(ticked_at: datetime | None, now: datetime, silence_seconds: float) -> bool:
    """The dead-man switch: no tick has come for too long."""
    return ticked_at is None or now - ticked_at > timedelta(seconds=silence_seconds)


def _by_status(counts: Iterable[Row]) -> dict[str, int]:
    sums = dict.fromkeys(JobStatus, 0)
    for row in counts:
        sums[JobStatus(row["status"])] += row["n"]
    return {status.value: n for status, n in sums.items()}


def _by_type(counts: list[Row]) -> list[dict[str, Any]]:
    names = sorted({row["type"] for row in counts})
    return [{"type": name} | _by_status(row for row in counts if row["type"] == name) for name in names]


def _points(rows: list[Row], now: datetime, range_seconds: int, bucket_seconds: int) -> list[dict[str, Any]]:
    last = int(now.timestamp()) // bucket_seconds * bucket_seconds
    starts = range(last - range_seconds + bucket_seconds, last + 1, bucket_seconds)
    points = {at: {"at": datetime.fromtimestamp(at, UTC), "completed": 0, "failed": 0, "retried": 0} for at in starts}
    for row in rows:
        point, name = points.get(int(row["at"].timestamp())), COUNTED_AS.get(row["event"])
        if point and name:
            point[name] += row["n"]
    return list(points.values())


def _percentiles(buckets: list[Row]) -> dict[str, float] | None:
    total = sum(row["n"] for row in buckets)
    return {f"p{share}": _percentile(buckets, total * share / 100) for share in (50, 95, 99)} if total else None


def _percentile(buckets: list[Row], rank: float) -> float:
    bucket = 0
    for row in buckets:
        bucket = row["bucket"]
        rank -= row["n"]
        if rank <= 0:
            break
    return round(float(2 ** (bucket / 2)), 1)  # the bucket's upper bound in ms
