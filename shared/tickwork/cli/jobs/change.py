"""tickwork jobs update, cancel, retry."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

import click

from tickwork.cli import environment
from tickwork.cli.options import FILTERS, PRIORITY, TIMES, checked, given, options, read
from tickwork.cli.output import as_json, print_json, progress, when
from tickwork.core.filters import QueryFilter
from tickwork.core.job import MAX_JOBS, JobStatus, When
from tickwork.core.principal import COMMAND_LINE, Actor
from tickwork.jobs import control, listing
from tickwork.jobs.control import Many
from tickwork.stores.postgres.job_store import JobStore, Row
from tickwork.stores.redis.due_index import DueIndex

SUMS = ("changed", "requested", "skipped")


class Action(NamedTuple):
    """A change of one or of many; `able` are the statuses in which it is possible."""

    verb: str
    done: str
    able: tuple[JobStatus, ...]
    one: Callable[[JobStore, DueIndex, UUID, Actor], Row]
    many: Callable[[JobStore, DueIndex, Many, Actor], dict[str, Any]]


def _retry_now(store: JobStore, index: DueIndex, id: UUID, by: Actor) -> Row:
    return control.retry_job(store, index, id, When(), by)


CANCEL = Action(
    "cancel", "cancelled", (JobStatus.PENDING, JobStatus.IN_PROGRESS), control.cancel_job, control.cancel_jobs
)
RETRY = Action("retry", "retried", (JobStatus.FAILED, JobStatus.CANCELLED), _retry_now, control.retry_jobs)


@click.command()
@click.argument("id", type=click.UUID)
@options(*TIMES, PRIORITY)
@as_json
def update(id: UUID, as_json: bool, **values: Any) -> None:
    """Move a waiting job in time or rank.

    \b
    Examples:
      tickwork jobs update 01a20cc0-2763-74be-88b6-3514253ddbc1 --in 600
      tickwork jobs update 01a20cc0-2763-74be-88b6-3514253ddbc1 --priority 100
    """
    row = control.update_job(
        environment.store(), environment.index(), id, read(control.CHANGE, given(values)), COMMAND_LINE
    )
    print_json(row) if as_json else click.echo(f"due {when(row['scheduled_at'])}, priority {row['priority']}")


SAFETY = click.option("--yes", is_flag=True, help="Do not ask, however many match.")


@click.command(short_help="Cancel jobs by ids or filters.")
@click.argument("ids", nargs=-1, type=click.UUID)
@options(*FILTERS, SAFETY, as_json)
def cancel(ids: tuple[UUID, ...], yes: bool, as_json: bool, **values: Any) -> None:
    """Cancel jobs by IDS, or all that match the filters: waiting ones at once, running ones are asked to stop.

    \b
    Examples:
      tickwork jobs cancel 01a20cc0-2763-74be-88b6-3514253ddbc1
      tickwork jobs cancel --type email --priority-max -1
      tickwork jobs cancel --status pending --type pdf --yes

    With filters it says how many match and asks. A text search (-q) looks at the newest 20,000 of them.
    """
    _act(CANCEL, ids, given(values), yes, as_json)


@click.command(short_help="Start a new round of failed or cancelled jobs, by ids or filters.")
@click.argument("ids", nargs=-1, type=click.UUID)
@options(*FILTERS, SAFETY, as_json)
def retry(ids: tuple[UUID, ...], yes: bool, as_json: bool, **values: Any) -> None:
    """Start a new round, due now, of failed or cancelled jobs by IDS, or of all that match the filters.

    \b
    Examples:
      tickwork jobs retry 01a20cc0-2763-74be-88b6-3514253ddbc1
      tickwork jobs retry --status failed --type http -q 'connection refused'
      tickwork jobs list --status failed --all --json | jq -r '.[].id' | xargs tickwork jobs retry

    With filters it says how many match and asks. A text search (-q) looks at the newest 20,000 of them.
    """
    _act(RETRY, ids, given(values), yes, as_json)


def _act(action: Action, ids: tuple[UUID, ...], filters: dict[str, Any], yes: bool, as_json: bool) -> None:
    if bool(ids) == bool(filters):
        raise click.UsageError("give ids or filters, one of them")
    sums = _by_ids(action, ids) if ids else _by_filter(action, _able(action, filters), yes)
    stopping = f", {sums['requested']} asked to stop" if action is CANCEL else ""
    print_json(sums) if as_json else click.echo(f"{sums['changed']} {action.done}{stopping}")
    if ids and sums["skipped"]:
        raise click.ClickException(
            f"{sums['skipped']} of {len(set(ids))} could not be {action.done}: there is no such job,"
            " or its status does not allow it"
        )


def _by_ids(action: Action, ids: tuple[UUID, ...]) -> dict[str, int]:
    if len(ids) == 1:
        row = action.one(environment.store(), environment.index(), ids[0], COMMAND_LINE)
        asked = row["status"] == JobStatus.IN_PROGRESS
        return {"changed": int(not asked), "requested": int(asked), "skipped": 0}
    sums = dict.fromkeys(SUMS, 0)
    for start in range(0, len(ids), MAX_JOBS):
        _add(
            sums,
            action.many(
                environment.store(), environment.index(), Many(ids=list(ids[start : start + MAX_JOBS])), COMMAND_LINE
            ),
        )
    return sums


def _able(action: Action, filters: dict[str, Any]) -> QueryFilter:
    """Narrowed to what can be changed, so that the count in the question is that of the jobs that will be."""
    chosen = checked(QueryFilter, filters)
    if wrong := [status.value for status in chosen.status if status not in action.able]:
        raise click.UsageError(f"jobs that are {' or '.join(wrong)} cannot be {action.done}")
    return chosen.model_copy(update={"status": chosen.status or list(action.able)})


def _by_filter(action: Action, chosen: QueryFilter, yes: bool) -> dict[str, int]:
    found = listing.count_jobs(environment.store(), chosen)
    sums, count = dict.fromkeys(SUMS, 0), found["count"]
    if not count:
        return sums
    if not yes:
        many = f"more than {count:,} jobs" if found["capped"] else f"{count:,} job{'s' * (count > 1)}"
        click.confirm(f"{action.verb.capitalize()} {many}?", abort=True, err=True)
    expected = None if yes or found["capped"] else count
    with progress(f"{action.done} …", None if found["capped"] else count) as (bar, task):
        while True:
            many_now = Many(filter=chosen, expected=expected)
            answer = action.many(environment.store(), environment.index(), many_now, COMMAND_LINE)
            _add(sums, answer)
            bar.advance(task, answer["matched"])
            if not answer["more"] or answer["matched"] == answer["skipped"]:
                return sums
            expected = None


def _add(sums: dict[str, int], answer: dict[str, Any]) -> None:
    for name in SUMS:
        sums[name] += answer[name]
