"""tickwork jobs: list, show, create, update, cancel, retry."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from pydantic import TypeAdapter, ValidationError
from rich.progress import Progress

from shared import listing, steering, wiring
from shared.cli.output import as_json, print_json, print_table
from shared.create import create_jobs
from shared.errors import Invalid
from shared.filters import QueryFilter
from shared.job import MAX_BATCH, JobStatus, NewJob
from shared.problems import problem_of
from shared.reading import job_detail

ONE = TypeAdapter(NewJob)
STATUSES = [status.value for status in JobStatus]
FILTERS = [
    click.option("--status", multiple=True, type=click.Choice(STATUSES), help="Repeat for several."),
    click.option("--type", multiple=True, help="Repeat for several."),
    click.option("--priority-min", type=int),
    click.option("--priority-max", type=int),
    click.option("--scheduled-from", help="RFC 3339, as are all times."),
    click.option("--scheduled-to"),
    click.option("--created-from"),
    click.option("--created-to"),
    click.option("-q", "--search", "q", help="Part of the id, type, payload or last error."),
]


def filtered(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the filters of GET /jobs as options."""
    for option in reversed(FILTERS):
        command = option(command)
    return command


def _checked(model: type[Any], values: dict[str, Any]) -> Any:
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    try:
        return model.model_validate({name: value for name, value in given.items() if value not in (None, [])})
    except ValidationError as error:
        raise problem_of(error) from None


@click.group()
def jobs() -> None:
    """List, show, create, update, cancel and retry jobs."""


@jobs.command("list")
@filtered
@click.option("--sort", default="-created_at", show_default=True, help="A column of the API's; `-` for descending.")
@click.option("--limit", default=50, show_default=True, help="Rows of a page.")
@click.option("--all", "follow", is_flag=True, help="Every page.")
@as_json
def list_(follow: bool, as_json: bool, **values: Any) -> None:
    """Show jobs that match."""
    query = _checked(listing.Query, values)
    items = [item for page in _pages(query, follow) for item in page]
    if as_json:
        return print_json(items)
    columns = ("id", "status", "type", "priority", "scheduled_at", "attempt", "failed_reason")
    return print_table(columns, ([item[column] for column in columns] for item in items))


def _pages(query: Any, follow: bool) -> Iterator[list[Any]]:
    while True:
        page = listing.list_jobs(wiring.store(), query)
        yield page["items"]
        if not follow or page["next_cursor"] is None:
            return
        query = query.model_copy(update={"cursor": page["next_cursor"]})


@jobs.command()
@click.argument("id", type=click.UUID)
@as_json
def show(id: UUID, as_json: bool) -> None:
    """One job with its attempts and their logs."""
    job = job_detail(wiring.store(), wiring.index(), id, wiring.settings().tick_silence_seconds)
    if as_json:
        return print_json(job)
    print_table(("field", "value"), [(name, value) for name, value in job.items() if name != "attempts"])
    click.echo()
    columns = ("attempt", "started_at", "finished_at", "outcome", "error")
    print_table(columns, ([attempt[column] for column in columns] for attempt in job["attempts"]))
    for attempt in job["attempts"]:
        for line in attempt["logs"]:
            click.echo(f"{attempt['attempt']}  {line['at']}  {line['message']}")
    return None


@jobs.command()
@click.argument("type", required=False)
@click.option("--payload", default="{}", help="JSON, @file, or - for standard input.")
@click.option("--priority", type=int)
@click.option("--max-retries", type=int)
@click.option("--at", "scheduled_at", help="When it becomes due.")
@click.option("--in", "delay_seconds", type=float, help="Seconds until it becomes due.")
@click.option("--key", help="Idempotency key.")
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Many: NDJSON, or a JSON list."
)
@as_json
def create(type: str | None, payload: str, key: str | None, file: Path | None, as_json: bool, **values: Any) -> None:
    """Create one job of TYPE, or all jobs of a --file."""
    if file:
        return _create_all(file)
    if type is None:
        raise click.UsageError("give a TYPE, or --file")
    given = {name: value for name, value in values.items() if value is not None}
    job = _new_job(json.dumps({"type": type, "payload": _payload(payload), **given}))
    (made,), new = create_jobs(wiring.store(), wiring.index(), [job], key=key, batch=False)
    return print_json(made) if as_json else click.echo(f"{made['id']}{'' if new else '  (it was there already)'}")


def _payload(text: str) -> Any:
    text = sys.stdin.read() if text == "-" else Path(text[1:]).read_text() if text.startswith("@") else text
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="--payload") from None


def _new_job(text: str | bytes, *prefix: str | int) -> NewJob:
    try:
        return ONE.validate_json(text)
    except ValidationError as error:
        raise problem_of(error, prefix) from None


def _create_all(file: Path) -> None:
    """Batches of 10,000; a batch with a fault is reported by line and not created, the others are."""
    lines = _lines(file)
    made, faults = 0, []
    with Progress(transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(file.name, total=len(lines))
        for start in range(0, len(lines), MAX_BATCH):
            batch = lines[start : start + MAX_BATCH]
            try:
                new = [_new_job(text, place) for place, (_, text) in enumerate(batch)]
                made += len(create_jobs(wiring.store(), wiring.index(), new)[0])
            except Invalid as error:
                faults += [
                    {**fault, "field": f"line {batch[fault.get('index', 0)][0]}: {fault['field']}"}
                    for fault in error.errors
                ]
            progress.advance(task, len(batch))
    click.echo(f"created {made} of {len(lines)}")
    if faults:
        raise Invalid("some were not created", faults)


def _lines(file: Path) -> list[tuple[int, str]]:
    """Line number and JSON of each job; a JSON list counts its items instead."""
    text = file.read_text()
    if text.lstrip()[:1] == "[":
        return [(place, json.dumps(item)) for place, item in enumerate(json.loads(text), 1)]
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


@jobs.command()
@click.argument("id", type=click.UUID)
@click.option("--at", "scheduled_at", help="When it becomes due.")
@click.option("--in", "delay_seconds", type=float, help="Seconds until it becomes due.")
@click.option("--priority", type=int)
def update(id: UUID, **values: Any) -> None:
    """Move a waiting job in time or rank."""
    given = {name: value for name, value in values.items() if value is not None}
    try:
        change = steering.CHANGE.validate_json(json.dumps(given))
    except ValidationError as error:
        raise problem_of(error) from None
    row = steering.update_job(wiring.store(), wiring.index(), id, change)
    click.echo(f"{row['id']}  due {row['scheduled_at'].isoformat()}  priority {row['priority']}")


@jobs.command()
@click.argument("ids", nargs=-1, type=click.UUID)
@filtered
@click.option("--yes", is_flag=True, help="Do not ask.")
def cancel(ids: tuple[UUID, ...], yes: bool, **values: Any) -> None:
    """Cancel jobs by IDS, or all that match the filters."""
    _change(steering.cancel_jobs, "cancel", ids, yes, values)


@jobs.command()
@click.argument("ids", nargs=-1, type=click.UUID)
@filtered
@click.option("--yes", is_flag=True, help="Do not ask.")
def retry(ids: tuple[UUID, ...], yes: bool, **values: Any) -> None:
    """Start a new round of failed or cancelled jobs by IDS, or of all that match the filters."""
    _change(steering.retry_jobs, "retry", ids, yes, values)


def _change(act: Callable[..., Any], verb: str, ids: tuple[UUID, ...], yes: bool, values: dict[str, Any]) -> None:
    given = any(value not in (None, ()) for value in values.values())
    if bool(ids) == given:
        raise click.UsageError("give ids or filters, one of them")
    many = steering.Many(ids=list(ids)) if ids else _matching(verb, yes, values)
    sums = {"changed": 0, "requested": 0, "skipped": 0}
    while True:
        answer = act(wiring.store(), wiring.index(), many)
        sums = {name: count + answer[name] for name, count in sums.items()}
        if not answer["more"]:
            break
    click.echo(f"{sums['changed']} changed, {sums['requested']} asked to stop, {sums['skipped']} passed over")


def _matching(verb: str, yes: bool, values: dict[str, Any]) -> steering.Many:
    chosen = _checked(QueryFilter, values)
    found = listing.count_jobs(wiring.store(), chosen)
    count = f"more than {found['count']}" if found["capped"] else str(found["count"])
    if not yes:
        click.confirm(f"{verb} what can be of {count} jobs that match?", abort=True)
    return steering.Many(filter=chosen)
