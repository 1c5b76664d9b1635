"""tickwork jobs create."""

import sys
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter
from pydantic_core import from_json

from tickwork.cli import environment
from tickwork.cli.jobs.import_file import create_all
from tickwork.cli.options import PRIORITY, TIMES, given, options, read
from tickwork.cli.output import as_json, print_json, say
from tickwork.core.job import NewJob
from tickwork.core.principal import COMMAND_LINE
from tickwork.jobs.create import KEY, create_jobs

ONE = TypeAdapter(NewJob)


@click.command()
@click.argument("type", required=False)
@click.option("--payload", default="{}", metavar="JSON", help="JSON, @FILE, or - for standard input.  [default: {}]")
@options(*TIMES, PRIORITY)
@click.option("--max-retries", type=int, metavar="N", help="Failed attempts that are tried again.  [default: 3]")
@click.option("--key", metavar="TEXT", help="Idempotency key: a second call with it creates nothing new.")
@click.option(
    "--file", metavar="FILE", type=click.File("rb"), help="Many jobs: NDJSON or a JSON list; - is standard input."
)
@as_json
def create(type: str | None, payload: str, key: str | None, file: Any, as_json: bool, **values: Any) -> None:
    """Create one job of TYPE and print its id, or all jobs of a --file.

    \b
    Examples:
      tickwork jobs create http --payload '{"url": "https://example.com/hook"}' --in 60
      tickwork jobs create pdf --payload @invoice.json --priority 10 --key invoice-2026-7
      jq -c '.users[] | {type: "email", payload: {to: .email, subject: "Hi", text: "."}}' users.json |
        tickwork jobs create --file -

    A file has one job a line, as POST /jobs takes it: {"type": "email", "payload": {…}, "priority": 5}.
    All of it is checked first: with any fault, nothing is created and each fault is told by its line.
    Then it is created in batches of up to 10,000. `tickwork types` lists the types.
    """
    fields = given(values)
    if key is not None and not KEY.fullmatch(key):
        raise click.BadParameter("must be 1 to 200 printable ASCII characters without spaces", param_hint="--key")
    if file:
        if type or fields or payload != "{}":
            raise click.UsageError("with --file, type, payload and the rest stand in the file")
        return create_all(file, key, as_json)
    if type is None:
        raise click.UsageError("give a TYPE, or --file")
    job = read(ONE, {"type": type, "payload": _payload(payload), **fields})
    (made,), new = create_jobs(environment.store(), environment.index(), [job], key=key, batch=False, by=COMMAND_LINE)
    if not new:
        say("It was created before, with the same key.")
    return print_json(made) if as_json else click.echo(str(made["id"]))


def _payload(text: str) -> Any:
    try:
        return from_json(_read(text), allow_inf_nan=False)
    except OSError as error:
        raise click.BadParameter(f"{text[1:]}: {error.strerror}", param_hint="--payload") from None
    except ValueError as error:
        raise click.BadParameter(f"is not JSON: {error}", param_hint="--payload") from None


def _read(text: str) -> bytes | str:
    if text == "-":
        return sys.stdin.buffer.read()
    return Path(text[1:]).read_bytes() if text.startswith("@") else text
