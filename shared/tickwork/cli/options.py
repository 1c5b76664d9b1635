"""Options that several commands share, and how their values are checked: by the API's own models."""

from collections.abc import Callable
from typing import Any, TypeVar

import click
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json

from tickwork.core.job import MAX_PRIORITY, MIN_PRIORITY, JobStatus
from tickwork.core.validation import problem_of

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

TIME = "TIME"
FILTERS = [
    click.option(
        "--status",
        multiple=True,
        type=click.Choice([status.value for status in JobStatus]),
        help="Repeat it for several.",
    ),
    click.option("--type", multiple=True, metavar="TYPE", help="Repeat it for several, or separate them by commas."),
    click.option("--priority-min", type=int, metavar="N", help="Priority at least."),
    click.option("--priority-max", type=int, metavar="N", help="Priority at most."),
    click.option("--scheduled-from", metavar=TIME, help="Due at or after, such as 2030-01-31T12:00:00Z."),
    click.option("--scheduled-to", metavar=TIME, help="Due before."),
    click.option("--created-from", metavar=TIME, help="Created at or after."),
    click.option("--created-to", metavar=TIME, help="Created before."),
    click.option(
        "-q", "--search", "q", metavar="TEXT", help="Part of the id, type, failed_reason or a payload up to 4 KiB."
    ),
]
TIMES = [
    click.option("--at", "scheduled_at", metavar=TIME, help="When it becomes due, such as 2030-01-31T12:00:00Z."),
    click.option("--in", "delay_seconds", type=float, metavar="SECONDS", help="Due this long from now."),
]
PRIORITY = click.option(
    "--priority", type=int, metavar="N", help=f"{MIN_PRIORITY} to {MAX_PRIORITY}; higher runs sooner among due jobs."
)


def options(*several: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add options in the order in which --help shows them."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(several):
            command = option(command)
        return command

    return add


def given(values: dict[str, Any]) -> dict[str, Any]:
    """The options that were used."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items() if v not in (None, ())}


def checked(model: type[M], values: dict[str, Any]) -> M:
    """`values` as `model`; raises Invalid naming each field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise problem_of(error) from None


def read(adapter: TypeAdapter[T], values: dict[str, Any]) -> T:
    """`values` as if they came as the API's JSON; raises Invalid naming each field."""
    return read_text(adapter, to_json(values))


def read_text(adapter: TypeAdapter[T], text: bytes) -> T:
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        raise problem_of(error) from None
