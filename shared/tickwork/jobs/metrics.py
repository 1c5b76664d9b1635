"""What is known of all jobs, as Prometheus reads it: derived from the stores, so it is the same whoever is asked, and
nothing has to be pushed by functions that are gone a moment later. Its cost does not grow with the number of jobs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from tickwork.jobs.stats import last_tick
from tickwork.stores.postgres.job_store import JobStore, Row
from tickwork.stores.redis.due_index import DueIndex

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DUE_CAP = 1_000  # each is a row to look at; more of them are told by tickwork_jobs
OUTCOMES = ("completed", "failed", "retry", "cancelled", "expired")
# Upper bounds of the histograms: every second bucket of tickwork.bucket(), powers of two from 1 ms to 4.7 hours.
BOUNDS = [(2 * power, str(2**power / 1000)) for power in range(25)]


def metrics(store: JobStore, index: DueIndex) -> bytes:
    """The text exposition format, version 0.0.4."""
    from prometheus_client.exposition import generate_latest

    return bytes(generate_latest(_Families(list(_families(store, index)))))


class _Families:
    """What prometheus_client calls a registry: whatever has families to collect."""

    def __init__(self, families: list[Any]):
        self._families = families

    def collect(self) -> Iterable[Any]:
        return self._families


def _families(store: JobStore, index: DueIndex) -> Iterator[Any]:
    from prometheus_client.metrics_core import CounterMetricFamily as Counter
    from prometheus_client.metrics_core import GaugeMetricFamily as Gauge

    now, due, totals = store.now(), store.due(DUE_CAP), store.totals()
    ticked_at, away = last_tick(store, index)
    yield _jobs(store.counts())
    yield Gauge("tickwork_due_jobs", f"Waiting jobs that are due, counted up to {DUE_CAP:,}.", due["count"])
    yield Gauge(
        "tickwork_oldest_due_seconds", "How long the longest due job has waited; 0 without one.", _age(due, now)
    )
    yield _histogram("tickwork_wait_seconds", "From due to start.", _started(totals))
    yield _histogram("tickwork_run_seconds", "From start to the attempt's end.", _ended(totals))
    yield _attempts(totals)
    yield Counter("tickwork_refused_settles", "Late results that the fence turned away.", _sum(totals, "refused"))
    yield Counter(
        "tickwork_reconcile_repairs", "Jobs that the index lacked until a tick added them.", _sum(totals, "reconciled")
    )
    at = ticked_at.timestamp() if ticked_at else 0
    yield Gauge("tickwork_last_tick_timestamp_seconds", "When a tick last came, in Unix time; 0 when none has.", at)
    up = Gauge("tickwork_store_up", "1 when the store answered; without Postgres there is no answer.", labels=["store"])
    for name in ("postgres", "redis"):
        up.add_metric([name], name not in away)
    yield up


def _jobs(counts: list[Row]) -> Any:
    from prometheus_client.metrics_core import GaugeMetricFamily

    family = GaugeMetricFamily("tickwork_jobs", "Jobs that are stored, by type and status.", labels=["type", "status"])
    for row in counts:
        family.add_metric([row["type"], row["status"]], row["n"])
    return family


def _attempts(totals: list[Row]) -> Any:
    from prometheus_client.metrics_core import CounterMetricFamily

    family = CounterMetricFamily("tickwork_attempts", "Attempts that ended, by outcome.", labels=["type", "outcome"])
    # Zeros too: of a series that begins at 5 Prometheus sees no increase.
    types = {row["type"] for row in totals if row["type"]}
    sums = {(type, outcome): 0 for type in types for outcome in OUTCOMES}
    for row in _ended(totals):
        sums[row["type"], row["event"]] += row["n"]
    for (type, outcome), n in sorted(sums.items()):
        family.add_metric([type, outcome], n)
    return family


def _histogram(name: str, text: str, rows: Iterable[Row]) -> Any:
    from prometheus_client.metrics_core import HistogramMetricFamily

    # Without _sum: what is stored are buckets, and a guess would look like a measurement.
    family = HistogramMetricFamily(name, text, labels=["type"])
    by_type: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_type[row["type"]].append(row)
    for type, known in sorted(by_type.items()):
        buckets = [(bound, sum(row["n"] for row in known if row["bucket"] <= top)) for top, bound in BOUNDS]
        family.add_metric([type], [*buckets, ("+Inf", sum(row["n"] for row in known))], None)
    return family


def _started(totals: list[Row]) -> Iterator[Row]:
    return (row for row in totals if row["event"] == "started")


def _ended(totals: list[Row]) -> Iterator[Row]:
    return (row for row in totals if row["event"] in OUTCOMES)


def _sum(totals: list[Row], event: str) -> int:
    return sum(row["n"] for row in totals if row["event"] == event)


def _age(due: Row, now: datetime) -> float:
    oldest: datetime | None = due["oldest_scheduled_at"]
    return (now - oldest).total_seconds() if oldest else 0.0
