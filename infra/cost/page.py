"""docs/COST.md."""

from infra.cost.measured import DOCS, Measured, Part, measured
from infra.cost.model import TICKS, Assumed, Line, idle, million, tiers
from infra.cost.prices import PRICES

PAGE = DOCS / "COST.md"
HANDLER_MS = (0.0, 50.0)
REASONS = {
    "idle_tick_seconds": "Cloud Run bills 100 ms at least",
    "lambda_tick_seconds": "Lambda bills by the millisecond; one call of Redis over TLS",
    "api_call_seconds": "a call that comes alone, billed at least",
    "sqs_pollers": "Lambda's own for each queue, 20 s a poll, two queues; as known, not read again",
    "handlers_at_once": "`TICK_CONCURRENCY`",
    "busy": "of a function's vCPU in steady work",
    "database_busy": "of the database's vCPUs, so that peaks fit",
    "wal_per_second": "that one managed Postgres writes in steady work",
    "valkey_limit": "of Valkey's one thread",
    "batch": "ids handed over at once",
}

TOP = """# What it costs

Written by `python -m infra.cost` from [cost.json](cost.json), which `python -m tests.infra.measuring` measures,
and from the prices below. Prices are those of the named sources at the named time, in USD, for on-demand use in
a cheap region, without taxes and traffic. A month has 30 days, which are {ticks:,} ticks. **Check the prices
before you rely on a figure.**

"""

MEASURED = """## Measured

On {date}, for one of each, {jobs:,} jobs, with connections open; CPU in microseconds, of one busy machine.
*Commands* are those sent; what scripts run *inside* of Redis travels nowhere, and whether a provider bills it,
ask it. The CPU of a call includes HTTP and the test's own client. A finished job keeps {bytes:,} bytes in
Postgres, indexes included.
"""

IDLE = """## Idle, a month

No job comes; every five seconds a tick sends Redis one command and Postgres nothing, and once a minute it
compares the two besides. First what is to be paid after the monthly free amounts of each service, in brackets
without them. A store that is there for other things costs nothing more.
"""

MILLIONS = """## A million jobs

On top of idle, beyond what is free, results kept for a week. How jobs are created decides: a call for each pays a
request, Redis's commands and statements for each; a call for a thousand almost nothing. Handlers that wait 50 ms
cost more than Tickwork does.
"""

TIERS = """## From a thousand to a million jobs a second

A model, not a measurement: a steady rate day and night, created in batches, a million jobs' share of the
month's bill. Finished jobs are kept shorter the more there are. *Instances* have one vCPU and are busy;
*databases* is the larger of what vCPUs and write-ahead log demand. Where it says more than one, it means as
many independent Tickworks, each with its stores: nothing here spreads one over several databases. Several *Valkeys*
are nodes of a cluster, over which `INDEX_SHARDS` spreads the index: see [SCALING.md](SCALING.md), which also says where
one of each part ends, and checks that against runs.
"""


def page() -> str:
    m, a = measured(), Assumed()
    parts = [
        TOP.format(ticks=TICKS),
        _measured(m),
        _idle(m, a),
        _million(m, a),
        _tiers(m, a),
        _assumed(a),
        _prices(),
    ]
    return "\n".join(parts)


def _measured(m: Measured) -> str:
    rows = [
        ("job created alone", m.create),
        ("job created in a batch of 1,000", m.batch),
        ("job taken, run by an empty handler, settled", m.run),
        ("idle tick", m.idle),
        ("idle tick that also compares the stores, once a minute", m.minute),
    ]
    text = MEASURED.format(date=m.date, jobs=m.jobs, bytes=m.bytes)
    head = ["", "commands", "inside", "statements", "Python", "Postgres", "Valkey", "log, bytes"]
    return text + table_of(head, [[name, *_figures(part)] for name, part in rows])


def _figures(part: Part) -> list[str]:
    return [f"{value:,.3g}" if value < 100 else f"{value:,.0f}" for value in part]


def _idle(m: Measured, a: Assumed) -> str:
    rows = [
        [paid.platform, *(f"${x:.2f} (${y:.2f})" for x, y in zip(_amounts(paid), _amounts(whole), strict=True))]
        for paid, whole in zip(idle(m, a, True), idle(m, a, False), strict=True)
    ]
    return IDLE + table_of(["", "functions", "clock", "Redis", "Postgres", "together"], rows)


def _amounts(line: Line) -> list[float]:
    return [line.functions, line.clock, line.redis, line.postgres, line.total]


def _million(m: Measured, a: Assumed) -> str:
    rows = []
    for single in (True, False):
        for ms in HANDLER_MS:
            made = "one by one" if single else "1,000 at once"
            for line in million(m, a, ms, single):
                amounts = (line.functions, line.redis, line.postgres, line.total)
                rows.append([made, f"{ms:.0f} ms", line.platform, *(f"${x:.3g}" for x in amounts)])
    return MILLIONS + table_of(["created", "handler", "", "functions", "Redis", "Postgres", "together"], rows)


def _tiers(m: Measured, a: Assumed) -> str:
    rows = []
    for ms in HANDLER_MS:
        for t in tiers(m, a, ms):
            sizes = (t.instances, t.database_cpus, t.databases, t.valkeys)
            usd = [f"${value:.3g}" for value in t.usd.values()]
            rows.append(
                [
                    f"{t.rate:,}",
                    f"{ms:.0f} ms",
                    f"{t.kept_hours} h",
                    f"{t.gigabytes:,.0f}",
                    *(f"{n:,}" for n in sizes),
                    *usd,
                ]
            )
    platforms = list(tiers(m, a, 0)[0].usd)
    head = ["jobs/s", "handler", "kept", "GB", "instances", "database vCPUs", "databases", "Valkeys", *platforms]
    return TIERS + table_of(head, rows)


def _assumed(a: Assumed) -> str:
    rows = [[f"`{name}`", f"{value:,g}", REASONS[name]] for name, value in a._asdict().items()]
    return "## Assumed\n\nChange them in `infra/cost/model.py`.\n" + table_of(["", "", "why"], rows)


def _prices() -> str:
    rows = [
        [f"`{n}`", f"{p.usd:.3g}", p.unit, f"{p.free:,.0f}" if p.free else "", p.source, p.seen]
        for n, p in PRICES.items()
    ]
    text = "## Prices\n\n"
    return text + table_of(["", "USD", "for one", "free a month", "read at", "when"], rows)


def table_of(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
