"""tickwork tick."""

import signal
import sys
from contextlib import redirect_stdout
from threading import Event
from time import monotonic
from typing import Any

import click
import psycopg

from tickwork import app
from tickwork.cli import environment
from tickwork.cli.output import as_json, json_of, say, when
from tickwork.core.errors import IndexDown, Unavailable
from tickwork.engine.report import COUNTS


@click.command()
@click.option("--every", type=click.FloatRange(min=0.1), metavar="SECONDS", help="Again and again, until stopped.")
@as_json
def tick(every: float | None, as_json: bool) -> None:
    """Run what is due, once, and say what was done.

    With --every it goes on until Ctrl-C or SIGTERM, lets the jobs that run finish, and ends with exit code 0;
    a second signal ends it at once, and the next tick takes over what it left. A store that is away is told, and
    tried again at the next tick. Ticks that had nothing to do are not printed.

    \b
    Examples:
      tickwork tick
      tickwork tick --every 5
      tickwork tick --every 5 --json >> ticks.ndjson
    """
    environment.index()
    if every is None:
        click.echo(_told(_run(), as_json))
    else:
        _go_on(every, as_json, _stopped_by_signal())


def _stopped_by_signal() -> Event:
    stopped = Event()

    def stop(number: int, _: Any) -> None:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped


def _go_on(every: float, as_json: bool, stopped: Event) -> None:
    say(f"A tick every {every:g} s; Ctrl-C ends it.")
    while not stopped.is_set():
        begun = monotonic()
        _tick(as_json)
        stopped.wait(max(0.0, begun + every - monotonic()))


def _tick(as_json: bool) -> None:
    try:
        report = _run()
    except (Unavailable, IndexDown, psycopg.Error) as error:
        click.secho(" ".join(str(error).split()), fg="red", err=True)
        return
    if report["degraded"] or any(report[name] for name in COUNTS):
        click.echo(_told(report, as_json))


def _run() -> dict[str, Any]:
    with redirect_stdout(sys.stderr):  # the log's lines are none of the answer
        return app.tick().run()


def _told(report: dict[str, Any], as_json: bool) -> str:
    if as_json:
        return json_of(report, None)
    counts = [f"{report[name]} {name}" for name in COUNTS if report[name]]
    away = [f"without {name}" for name in report["degraded"]]
    next_due = f"; next due {when(report['next_due_at'])}" if report["next_due_at"] else ""
    return f"{', '.join(counts + away) or 'nothing was due'} in {report['duration_ms']} ms{next_due}"
