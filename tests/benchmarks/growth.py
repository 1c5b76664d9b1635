"""The same work on tables of growing size: what must stay flat, and what a job costs in memory and on disk."""

import time
from collections.abc import Callable, Iterator
from statistics import median, quantiles
from typing import Any

import redis

from tests.benchmarks.program import call
from tests.benchmarks.stand import Stand
from tickwork.engine.maintenance import index_everything
from tickwork.jobs import detail, listing, stats
from tickwork.stores.postgres.database import Database
from tickwork.stores.postgres.job_store import JobStore
from tickwork.stores.postgres.migrate import migrate
from tickwork.stores.redis.connection import client
from tickwork.stores.redis.due_index import DueIndex

# Half of the rows wait, for hours yet; four in ten are completed; the rest failed or were cancelled; ids in order of
# time. No e-mail ever failed: the filter that matches nothing is the dear one.
FILL = """
insert into tickwork.jobs
  (id, type, status, payload, priority, scheduled_at, completed_at, failed_reason, created_at, updated_at, attempt)
select uuidv7(interval '1 ms' * (n - %(rows)s)), (array['email', 'pdf', 'image_resize', 'http'])[n %% 4 + 1], status,
  jsonb_build_object('n', n, 'to', 'user@example.com', 'subject', 'hello'), n %% 7 - 3,
  case when status = 'pending' then now() + interval '1 hour' + n * interval '1 ms' else at end,
  case when status = 'completed' then at end, case when status = 'failed' then 'it failed' end, at, at,
  (status <> 'pending')::int
from (
  select n, now() - (%(rows)s - n) * interval '1 ms' as at,
    (array['pending', 'completed', 'pending', 'completed', 'pending', 'completed', 'pending', 'completed', 'pending',
      case when n %% 20 < 10 then 'failed' else 'cancelled' end])[n %% 10 + 1] as status
  from generate_series(%(first)s::int, %(last)s::int) n
) made
"""
FILL_AT_ONCE = 100_000
CALLS = 30
DRAINED = 20_000


def grow(stand: Stand, rows: int) -> dict[str, Any]:
    """Figures for a table of `rows`: ms, jobs a second, bytes, MiB by name."""
    stand.fresh()
    migrate(stand.dsn)
    fill(stand, rows)
    database = Database(stand.dsn)
    store, index = JobStore(database), DueIndex(client(stand.valkey.url))
    used, start = _valkey_used(stand), time.perf_counter()
    waiting = index_everything(store, index)
    answer: dict[str, Any] = {
        "rows": rows,
        "index_rebuild_seconds": time.perf_counter() - start,
        "valkey_bytes_per_waiting": (_valkey_used(stand) - used) / waiting,
        "postgres_bytes_per_row": _table_bytes(stand) / rows,
        "idle_take_ms": p95_ms(lambda: index.take(2000, 30, 3600))["p50"],
        "reads_ms": {name: p95_ms(read) for name, read in reads(store, index)},
    }
    database.close()
    return answer | _drained(stand, min(rows, DRAINED), waiting)


def fill(stand: Stand, rows: int) -> None:
    with stand.connect("bench") as connection:
        for first in range(0, rows, FILL_AT_ONCE):
            last = min(rows, first + FILL_AT_ONCE) - 1
            connection.execute(FILL, {"rows": rows, "first": first, "last": last})
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")


def reads(store: JobStore, index: DueIndex) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each read that the dashboard offers, by name."""

    def page(**query: str | int) -> Callable[[], Any]:
        return lambda: listing.list_jobs(store, listing.QUERY.validate_python(query))

    for status in ("pending", "in_progress", "completed", "failed", "cancelled"):
        yield f"status={status}", page(status=status)
        yield f"status={status}, oldest change first", page(status=status, sort="updated_at")
    for sort in listing.SORTS:
        yield f"sort={sort}", page(sort=sort)
        yield f"sort=-{sort}", page(sort=f"-{sort}")
        yield f"deep, sort=-{sort}", page(sort=f"-{sort}", cursor=_deep(store, f"-{sort}"))
    yield "type=email", page(type="email")
    yield "type=email, status=failed: none", page(type="email", status="failed")
    yield "type=email, sort=-priority", page(type="email", sort="-priority")
    yield "priority 3 and up", page(priority_min=3)
    yield "scheduled after 2100: none", page(scheduled_from="2100-01-01T00:00:00Z")
    yield "search, found", page(q="subject")
    yield "search, not found", page(q="no such text")
    yield "count", lambda: listing.count_jobs(store, listing.FILTER.validate_python({"status": "completed"}))
    yield "stats", lambda: stats.job_stats(store, index, stats.QUERY.validate_python({"range": "1h"}), 30)
    some = listing.list_jobs(store, listing.QUERY.validate_python({}))["items"][0]["id"]
    yield "detail", lambda: detail.job_detail(store, index, some, 30)


def p95_ms(run: Callable[[], Any], calls: int = CALLS) -> dict[str, float]:
    """p50 and p95 of `calls` calls on a warm cache; fewer when they are slow."""
    run()
    took: list[float] = []
    until = time.perf_counter() + 2
    while len(took) < calls and (len(took) < 3 or time.perf_counter() < until):
        start = time.perf_counter()
        run()
        took.append((time.perf_counter() - start) * 1000)
    return {"p50": median(took), "p95": quantiles(took, n=20, method="inclusive")[-1]}


def _deep(store: JobStore, sort: str) -> str:
    """A cursor behind half of all rows."""
    order = listing.Order(sort)
    half = listing.SQL(
        "select id, {0} from tickwork.jobs order by {1} offset (select count(*) / 2 from tickwork.jobs) limit 1"
    )
    return order.cursor(store.select(half.format(listing.Identifier(order.name), order.by()))[0])


def _drained(stand: Stand, jobs: int, waiting: int) -> dict[str, float]:
    call(stand, "tickwork", "bulk", jobs)
    stand.settle()
    drained = call(stand, "tickwork", "drain", jobs, waiting)
    return {"drain": jobs / drained["seconds"], "tick_peak_mib": drained["peak_mib"]}


def _valkey_used(stand: Stand) -> int:
    with redis.Redis.from_url(stand.valkey.url) as valkey:
        return int(valkey.info("memory")["used_memory"])


def _table_bytes(stand: Stand) -> int:
    with stand.connect("bench") as connection:
        return connection.execute("select pg_total_relation_size('tickwork.jobs')").fetchone()[0]
