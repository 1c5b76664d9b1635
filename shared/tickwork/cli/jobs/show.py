"""tickwork jobs show."""

from collections.abc import Iterator
from datetime import datetime
from textwrap import indent
from typing import Any
from uuid import UUID

import click

from tickwork.cli import environment
from tickwork.cli.output import Column, as_json, json_of, print_json, print_table, print_text, when
from tickwork.core.job import JobStatus
from tickwork.jobs.detail import job_detail

FIRST = ("id", "type", "status", "why")
APART = ("attempts", "payload", "result", "progress")
TWO = [Column("", 20), Column("", folded=True)]


@click.command(short_help="One job in full, with its attempts and their logs.")
@click.argument("id", type=click.UUID)
@as_json
def show(id: UUID, as_json: bool) -> None:
    """One job in full: why it stands where it stands, its payload and result, its attempts and their logs."""
    job = job_detail(environment.store(), environment.index(), id, environment.silence_seconds())
    print_json(job) if as_json else _print(job)


def _print(job: dict[str, Any]) -> None:
    rest = [name for name in job if name not in FIRST + APART and job[name] is not None]
    if job["status"] == JobStatus.FAILED:
        rest.remove("failed_reason")  # `why` has it
    print_table(TWO, [(name, job[name]) for name in (*FIRST, *rest)], header=False)
    for name in ("payload", "progress", "result"):
        if job[name] is not None:
            print_text(f"\n{name}", "bold")
            print_text(json_of(job[name]))
    for attempt in reversed(job["attempts"]):
        print_text("\n" + "  ".join(_headline(attempt)), "bold")
        for line in _story(attempt):
            print_text(indent(line.rstrip(), "  "))


def _headline(attempt: dict[str, Any]) -> Iterator[str]:
    yield f"attempt {attempt['attempt']}"
    yield attempt["outcome"] or "runs"
    yield when(attempt["started_at"])
    if attempt["finished_at"]:
        yield f"took {(attempt['finished_at'] - attempt['started_at']).total_seconds():.3f} s"


def _story(attempt: dict[str, Any]) -> Iterator[str]:
    for line in attempt["logs"]:
        more = "  ".join(f"{name}={_short(value)}" for name, value in line.items() if name not in ("at", "message"))
        yield "  ".join(filter(None, (_clock(line["at"]), str(line["message"]), more)))
    if attempt["error"]:
        yield attempt["error"]


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json_of(value, None)


def _clock(at: str) -> str:
    return datetime.fromisoformat(at).strftime("%H:%M:%S.%f")[:-3]
