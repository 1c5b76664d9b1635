"""The `tickwork` command: its parts, where its stores are, and how it says what went wrong."""

import sys
from typing import Any

import click
import psycopg

from tickwork.cli import environment, keys, maintenance, status, tick
from tickwork.cli.jobs import change, create, show
from tickwork.cli.jobs import list as list_jobs
from tickwork.core.errors import Conflict, IndexDown, Misconfigured, Problem, Unavailable
from tickwork.stores.postgres import database

EXAMPLES = """
\b
Examples:
  tickwork migrate
  tickwork jobs create email --payload '{"to": "ada@example.com", "subject": "Hi", "text": "."}'
  tickwork jobs list --status failed --type pdf
  tickwork jobs retry --status failed --created-from 2030-01-31T00:00:00Z
  tickwork tick --every 5

It works on the stores that DATABASE_URL and REDIS_URL name. When neither is set, and `make up` runs in this
folder, it works on those of `make up`.

Every command takes --json. Tables are for people: in a pipe they are plain, one line for each job.

Exit codes: 0 done, 1 refused, 2 wrong usage, or a store or a setting fails; see `tickwork health --help` for its own.
"""
NOT_MIGRATED = "The database has no tables of Tickwork, or old ones: run `tickwork migrate`."


class Refused(click.ClickException):
    """Something that the user can mend: said in red, a line for each fault."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.secho(self.message, fg="red", err=True, file=file)


class Failed(Refused):
    """Something that whoever runs the stores can mend."""

    exit_code = 2


class Plain(click.Group):
    """A group in which no error that is meant for the user ends in a traceback; --help keeps the order of its parts."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except database.NOT_MIGRATED:
            raise Failed(NOT_MIGRATED) from None
        except Misconfigured as error:
            raise Failed(_line(error) + environment.hint()) from None
        except (Unavailable, IndexDown, psycopg.Error) as error:
            raise Failed(_line(error)) from None
        except Problem as problem:
            raise Refused(_faults(problem)) from None


def _faults(problem: Problem) -> str:
    if isinstance(problem, Conflict) or not problem.errors:
        return problem.detail
    return "\n".join(f"{fault['field']}: {fault['message']}".removeprefix("body: ") for fault in problem.errors)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


@click.group(
    cls=Plain, epilog=EXAMPLES, context_settings={"max_content_width": 110, "help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="tickwork")
@click.pass_context
def tickwork(context: click.Context) -> None:
    """Background jobs without workers."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a terminal may not know every letter
    environment.find(aloud=not set(context.help_option_names) & set(sys.argv))
    context.call_on_close(environment.close)


@click.group(cls=Plain)
def jobs() -> None:
    """List, show, create, update, cancel and retry jobs."""


for command in (list_jobs.list_, show.show, create.create, change.update, change.cancel, change.retry):
    jobs.add_command(command)
for command in (
    jobs, tick.tick, status.stats, status.health, status.types, keys.key, keys.keys, maintenance.migrate_,
    maintenance.reconcile, maintenance.prune_,
):  # fmt: skip
    tickwork.add_command(command)
