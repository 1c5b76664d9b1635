"""Tables for people, JSON for programs. A terminal gets colours and folds columns, a pipe gets a line for each row."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

import click
from pydantic_core import to_json
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from tickwork.core.text import in_utc

COLOURS = {
    "completed": "green", "failed": "red", "in_progress": "cyan", "cancelled": "dim",
    "ok": "green", "degraded": "yellow", "down": "red",
}  # fmt: skip
# What a handler or a far server said may hold sequences that a terminal would obey.
CONTROLS = {code: f"\\x{code:02x}" for code in chain(range(9), range(11, 32), range(127, 160))}
IN_A_LINE = CONTROLS | {ord("\n"): "\\n", ord("\t"): "\\t"}

as_json = click.option("--json", "as_json", is_flag=True, help="JSON instead, for programs.")


class Column(NamedTuple):
    """`width` is the least; a `folded` one takes the room that is left, in several lines on a terminal."""

    header: str
    width: int = 0
    folded: bool = False
    right: bool = False


def say(text: str) -> None:
    """A remark to whoever sits there; standard output stays for results."""
    click.secho(text, dim=True, err=True)


def print_json(value: Any) -> None:
    click.echo(json_of(value))


def json_of(value: Any, indent: int | None = 2) -> str:
    return to_json(in_utc(value), indent=indent, inf_nan_mode="strings").decode()


def print_json_list(pages: Iterable[list[Any]]) -> None:
    """A JSON list, an item a line, written as it comes: any length in flat memory."""
    before = "[\n"
    for item in chain.from_iterable(pages):
        click.echo(before + json_of(item, None), nl=False)
        before = ",\n"
    click.echo("\n]" if before == ",\n" else "[]")


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[Any]], header: bool = True) -> None:
    if sys.stdout.isatty():
        return _print_rich(columns, rows, header)
    lines = [[_text(value) for value in row] for row in rows]
    return _print_plain(columns, [[column.header for column in columns], *lines] if header else lines)


def _print_rich(columns: Sequence[Column], rows: Iterable[Sequence[Any]], header: bool) -> None:
    table = Table(box=None, pad_edge=False, show_header=header, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(
            column.header,
            min_width=column.width or None,
            no_wrap=not column.folded,
            overflow="fold",
            justify="right" if column.right else "left",
        )
    for row in rows:
        table.add_row(*(Text(text, COLOURS.get(text, "")) for text in map(_text, row)))
    Console(highlight=False).print(table)


def _print_plain(columns: Sequence[Column], lines: list[list[str]]) -> None:
    widths = [max(map(cell_len, cells), default=0) for cells in zip(*lines, strict=True)]
    for line in lines:
        cells = (_padded(*cell) for cell in zip(columns, line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _padded(column: Column, text: str, widest: int) -> str:
    room = " " * (max(column.width, widest) - cell_len(text))
    return room + text if column.right else text + room


def print_text(text: str, style: str = "") -> None:
    """Lines as they are, but for what a terminal would obey."""
    harmless = text.translate(CONTROLS)
    if not sys.stdout.isatty():
        return click.echo(harmless)
    return Console(highlight=False).print(Text(harmless, style), soft_wrap=True)


def terminal_width() -> int | None:
    """None in a pipe."""
    return Console().width if sys.stdout.isatty() else None


def when(at: datetime) -> str:
    """In a form that the options for times take too."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def distance(at: datetime, now: datetime) -> str:
    """`in 5m`, `3h ago`: eight letters at most for the next thousand days."""
    return f"in {span(at - now)}" if at > now else f"{span(now - at)} ago"


def span(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[tuple[Progress, TaskID]]:
    """A bar on standard error, if that is a terminal; gone when the work is done."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield bar, bar.add_task(what, total=total)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return when(value)
    return "" if value is None else str(value).translate(IN_A_LINE)
