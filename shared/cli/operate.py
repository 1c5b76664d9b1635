"""tickwork migrate, tick, reconcile, prune, stats, types, health."""

import signal
import sys
from threading import Event
from typing import Any

import click

from shared import housekeeping, reading, wiring
from shared import stats as statistics
from shared.cli.output import as_json, print_json, print_table
from shared.errors import Unavailable
from shared.migrate import migrate

EXIT_OF = {"ok": 0, "degraded": 1, "down": 2}


@click.command("migrate")
def migrate_() -> None:
    """Bring the database's schema up to date."""
    applied = migrate(wiring.settings().database_url.get_secret_value())
    click.echo("\n".join(f"applied {name}" for name in applied) or "nothing to do")


@click.command()
@click.option("--every", type=click.FloatRange(min=0.1), help="Seconds; goes on until Ctrl-C or SIGTERM.")
def tick(every: float | None) -> None:
    """Run what is due, once or --every some seconds."""
    if every is None:
        return print_json(wiring.tick().run())
    stopped = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    while not stopped.is_set():
        _tick_and_tell()
        stopped.wait(every)
    return None


def _tick_and_tell() -> None:
    try:
        report = wiring.tick().run()
    except Unavailable as error:
        return click.secho(str(error), fg="red", err=True)
    told = {name: value for name, value in report.items() if value and name not in ("next_due_at", "duration_ms")}
    return click.echo(", ".join(f"{name} {value}" for name, value in told.items())) if told else None


@click.command()
def reconcile() -> None:
    """Put into the index what the table says it lacks: every waiting and running job."""
    found = housekeeping.index_everything(wiring.store(), wiring.index(), _progress)
    click.echo(f"{found} were missing")


def _progress(looked: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{looked:,} looked at", nl=False, err=True)


@click.command("prune")
def prune_() -> None:
    """Delete finished jobs older than the settings keep them."""
    total = 0
    while pruned := housekeeping.prune(wiring.store(), wiring.settings()):
        total += pruned
    click.echo(f"{total} deleted")


@click.command()
@click.option("--range", "range_", default="1h", type=click.Choice(list(statistics.RANGES)), show_default=True)
@as_json
def stats(range_: Any, as_json: bool) -> None:
    """Counts by type and status, wait and run times."""
    query = statistics.StatsQuery(range=range_)
    found = statistics.job_stats(wiring.store(), wiring.index(), query, wiring.settings().tick_silence_seconds)
    if as_json:
        return print_json(found)
    columns = ("type", "pending", "in_progress", "completed", "failed", "cancelled")
    print_table(columns, ([row[column] for column in columns] for row in found["types"]))
    for name in ("wait_ms", "run_ms"):
        click.echo(f"{name}: {found[name] or 'nothing yet'}")
    return click.echo(f"latest tick: {found['tick']['last_tick_at'] or 'never'}")


@click.command()
@as_json
def types(as_json: bool) -> None:
    """The known job types."""
    items = reading.job_types()["items"]
    if as_json:
        return print_json(items)
    return print_table(
        ("type", "timeout", "what it does"), ((i["type"], i["timeout_seconds"], i["description"]) for i in items)
    )


@click.command()
@as_json
def health(as_json: bool) -> None:
    """Whether stores answer and ticks come; exit code 0 ok, 1 degraded, 2 down."""
    found = reading.health(wiring.store(), wiring.index(), wiring.settings().tick_silence_seconds)
    print_json(found) if as_json else print_table(("what", "how"), list(found.items()))
    sys.exit(EXIT_OF[found["status"]])
