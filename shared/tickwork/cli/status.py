"""tickwork stats, health, types."""

import sys
from datetime import datetime
from typing import Any

import click

from tickwork.cli import environment
from tickwork.cli.output import Column, as_json, distance, print_json, print_table, print_text, span
from tickwork.core.job import COUNTED_AS, JobStatus
from tickwork.jobs import detail
from tickwork.jobs import stats as statistics

EXIT_OF = {"ok": 0, "degraded": 1, "down": 2}
COUNTED = [Column("type", 12, folded=True), *(Column(status, right=True) for status in JobStatus)]
TWO = [Column("", 14), Column("", folded=True)]


@click.command(short_help="Counts by type and status, what is due, how much was done.")
@click.option(
    "--range",
    "range_",
    default="1h",
    type=click.Choice(list(statistics.RANGES)),
    show_default=True,
    help="How far back.",
)
@as_json
def stats(range_: Any, as_json: bool) -> None:
    """Jobs by type and status, what is due, and how much was done in how much time."""
    query = statistics.StatsQuery(range=range_)
    found = statistics.job_stats(environment.store(), environment.index(), query, environment.silence_seconds())
    if as_json:
        return print_json(found)
    totals = [{"type": "all", **found["counts"]}] if len(found["types"]) != 1 else []
    rows = [[row[column.header] for column in COUNTED] for row in [*found["types"], *totals]]
    print_table(COUNTED, rows)
    click.echo()
    return print_table(TWO, _summary(found, range_), header=False)


def _summary(found: dict[str, Any], range_: str) -> list[tuple[str, str]]:
    now = environment.store().now()
    done = {name: sum(point[name] for point in found["throughput"]["points"]) for name in COUNTED_AS.values()}
    return [
        ("due now", _due(found["due"], now)),
        (f"last {range_}", ", ".join(f"{count:,} {name}" for name, count in done.items())),
        ("due to start", _times(found["wait_ms"])),
        ("start to end", _times(found["run_ms"])),
        ("latest tick", _tick(found["tick"], now)),
        *((f"{name} is away", "work goes on from Postgres") for name in found["degraded"]),
    ]


def _due(due: dict[str, Any], now: datetime) -> str:
    more = "or more" if due["count"] >= statistics.DUE_CAP else ""
    oldest = f"the oldest for {span(now - due['oldest_scheduled_at'])}" if due["oldest_scheduled_at"] else ""
    return " ".join(filter(None, (f"{due['count']:,}", more, oldest)))


def _times(percentiles: dict[str, float] | None) -> str:
    """Each is the upper bound of the bucket that it is in."""
    return ", ".join(f"{name} ≤ {ms:,g} ms" for name, ms in percentiles.items()) if percentiles else "nothing yet"


def _tick(tick: dict[str, Any], now: datetime) -> str:
    at = tick["last_tick_at"]
    return f"{distance(at, now) if at else 'never'}{': is POST /tick being called?' if tick['silent'] else ''}"


@click.command()
@as_json
def health(as_json: bool) -> None:
    """Whether the stores answer and ticks come.

    \b
    Exit codes:
      0  ok
      1  degraded: Redis is away, work goes on from Postgres
      2  down: no Postgres, or no tick came for TICK_SILENCE_SECONDS
    """
    found = detail.health(environment.store(), environment.index(), environment.silence_seconds())
    print_json(found) if as_json else print_table(TWO, list(found.items()), header=False)
    sys.exit(EXIT_OF[found["status"]])


@click.command(short_help="The known job types and what their payloads hold.")
@click.argument("type", required=False)
@as_json
def types(type: str | None, as_json: bool) -> None:
    """The known job types; with a TYPE, what its payload holds.

    \b
    Examples:
      tickwork types
      tickwork types email
    """
    items = detail.job_types()["items"]
    if type is not None and not (items := [item for item in items if item["type"] == type]):
        raise click.BadParameter(f"there is no type {type!r}; `tickwork types` lists them", param_hint="TYPE")
    if as_json:
        return print_json(items[0] if type else items)
    if type is None:
        columns = [Column("type", 12), Column("timeout", right=True), Column("what it does", folded=True)]
        return print_table(columns, ((i["type"], f"{i['timeout_seconds']:g} s", i["description"]) for i in items))
    return _print_type(items[0])


def _print_type(item: dict[str, Any]) -> None:
    schema = item["schema"]
    print_text(f"{item['description']}\n")
    required = schema.get("required", [])
    columns = [Column("field", 12), Column("", 8), Column("what it is", folded=True)]
    fields = schema.get("properties", {}).items()
    print_table(columns, ((n, "required" if n in required else "", p.get("description", "")) for n, p in fields))
