"""tickwork migrate, reconcile, prune."""

import click

from tickwork import app
from tickwork.cli import environment
from tickwork.cli.output import as_json, print_json, progress
from tickwork.core.job import JobStatus
from tickwork.engine import maintenance
from tickwork.stores.postgres.migrate import migrate


@click.command("migrate", short_help="Bring the database's tables up to date.")
@as_json
def migrate_(as_json: bool) -> None:
    """Bring the database's tables up to date. Safe to run twice, and twice at once."""
    applied = migrate(app.settings().database_url.get_secret_value())
    if as_json:
        return print_json({"applied": applied})
    return click.echo("\n".join(f"applied {name}" for name in applied) or "nothing to do")


@click.command(short_help="Put into the index what the table has and it lacks.")
@click.option("--soon", is_flag=True, help="Only jobs that run or are due within two reconcile periods: much quicker.")
@as_json
def reconcile(soon: bool, as_json: bool) -> None:
    """Put into the index what the table has and it lacks: every waiting and running job.

    Ticks do the same by themselves once the index is found empty; after a restored backup of either store,
    or to be sure, do it here. It only ever adds, and is safe beside ticks.
    """
    store, index = environment.store(), environment.index()
    if soon:
        missing = maintenance.index_due_soon(store, index, app.settings().reconcile_seconds)
    else:
        with progress("rows", _unfinished()) as (bar, task):
            missing = maintenance.index_everything(store, index, lambda looked: bar.update(task, completed=looked))
    print_json({"missing": missing}) if as_json else click.echo(f"{missing:,} were missing")


def _unfinished() -> int:
    waiting = (JobStatus.PENDING, JobStatus.IN_PROGRESS)
    return sum(row["n"] for row in environment.store().counts() if row["status"] in waiting)


@click.command("prune", short_help="Delete old finished jobs.")
@as_json
def prune_(as_json: bool) -> None:
    """Delete completed jobs older than KEEP_COMPLETED_SECONDS, failed and cancelled ones than KEEP_FAILED_SECONDS.

    Ticks do the same, a second at a time; this goes on until all are gone.
    """
    total = 0
    with progress("deleted") as (bar, task):
        while pruned := maintenance.prune(environment.store(), app.settings()):
            total += pruned
            bar.update(task, completed=total)
    print_json({"pruned": total}) if as_json else click.echo(f"{total:,} deleted")
