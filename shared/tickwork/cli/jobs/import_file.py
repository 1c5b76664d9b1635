"""Many jobs from a file: checked as a whole, then created batch by batch."""

import shutil
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple
from uuid import uuid4

import click
import psycopg
from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from tickwork.cli import environment
from tickwork.cli.options import read_text
from tickwork.cli.output import print_json, progress
from tickwork.core.errors import Invalid, Problem, Unavailable
from tickwork.core.job import MAX_JOBS, NewJob
from tickwork.core.principal import COMMAND_LINE
from tickwork.jobs.create import create_jobs, rows_of

ONE = TypeAdapter(NewJob)
BATCH_BYTES = 8 * 1024 * 1024
SPOOL_BYTES = 64 * 1024 * 1024
MAX_FAULTS = 100
BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    place: str
    text: bytes


def create_all(file: IO[bytes], key: str | None, as_json: bool) -> None:
    """Create every job of `file` and say how many. Raises Invalid naming faults by line; nothing is created then."""
    file = _rewindable(file)
    total = _check(file)
    made = _create(file, total, key)
    print_json({"created": made}) if as_json else click.echo(f"{made:,} created")


def _rewindable(file: IO[bytes]) -> IO[bytes]:
    if file.seekable():
        return file
    copy = SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 (goes with the process)
    shutil.copyfileobj(file, copy)
    return copy


def _check(file: IO[bytes]) -> int:
    """How many jobs there are."""
    total, faults = 0, []
    with progress("checking") as (bar, task):
        for line in _lines(file):
            total += 1
            faults += _faults(line)
            bar.update(task, completed=total)
            if len(faults) >= MAX_FAULTS:
                raise Invalid("", [*faults[:MAX_FAULTS], {"field": "and so on", "message": "nothing was created"}])
    if faults:
        raise Invalid("", [*faults, {"field": f"{len(faults)} faults", "message": "nothing was created"}])
    if not total:
        raise Invalid("the file holds no jobs")
    return total


def _faults(line: Line) -> list[dict[str, str]]:
    try:
        rows_of([read_text(ONE, line.text)], batch=False)
    except Problem as problem:
        return [{"field": _at(line.place, fault["field"]), "message": fault["message"]} for fault in problem.errors]
    return []


def _at(place: str, field: str) -> str:
    return place if field == "body" else f"{place}: {field}"


def _create(file: IO[bytes], total: int, key: str | None) -> int:
    """Each batch has an idempotency key of its own, so that after a break the same command can simply be run again."""
    key, made = key or uuid4().hex, 0
    with progress("creating", total) as (bar, task):
        for number, batch in enumerate(_batches(file)):
            try:
                jobs = [read_text(ONE, line.text) for line in batch]
                made += len(
                    create_jobs(environment.store(), environment.index(), jobs, key=f"{key}.{number}", by=COMMAND_LINE)[
                        0
                    ]
                )
            except (Unavailable, psycopg.Error, KeyboardInterrupt):
                click.echo(f"{made:,} of {total:,} created. To go on, and create none twice: --key {key}", err=True)
                raise
            bar.advance(task, len(batch))
    return made


def _batches(file: IO[bytes]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    size = 0
    for line in _lines(file):
        if batch and (len(batch) == MAX_JOBS or size + len(line.text) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line.text)
    if batch:
        yield batch


def _lines(file: IO[bytes]) -> Iterator[Line]:
    """The jobs from the beginning, each as JSON with its place; lines are streamed, a list is read as a whole."""
    file.seek(0)
    first = True
    for number, raw in enumerate(file, 1):
        text = raw.removeprefix(BOM).strip()
        if text.startswith(b"[") and first:
            yield from _items(file)
            return
        if text:
            first = False
            yield Line(f"line {number}", text)


def _items(file: IO[bytes]) -> Iterator[Line]:
    file.seek(0)
    try:
        items = from_json(file.read().removeprefix(BOM), allow_inf_nan=False)
    except ValueError as error:
        raise Invalid(f"the file is not JSON: {error}") from None
    for number, item in enumerate(items, 1):
        yield Line(f"item {number}", to_json(item))
