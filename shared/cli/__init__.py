"""The command line, straight on the stores: `tickwork --help`."""

import sys

import click
import psycopg

from shared.cli import jobs, operate
from shared.due_index import IndexDown
from shared.errors import Misconfigured, Problem, Unavailable

EXAMPLES = """
\b
Examples:
  tickwork migrate
  tickwork jobs create email --payload '{"to": "ada@example.com", "subject": "Hi", "text": "."}'
  tickwork jobs list --status failed --type pdf
  tickwork jobs retry --status failed
  tickwork tick --every 5

It talks to the stores that DATABASE_URL and REDIS_URL name.
Exit codes: 0 done, 1 refused, 2 a store or a setting fails.
"""


@click.group(epilog=EXAMPLES, context_settings={"max_content_width": 120})
def tickwork() -> None:
    """Background jobs without workers."""


tickwork.add_command(jobs.jobs)
for command in (
    operate.migrate_, operate.tick, operate.reconcile, operate.prune_, operate.stats, operate.types, operate.health,
):  # fmt: skip
    tickwork.add_command(command)


def main() -> None:
    """Entry point: what a user did wrong is said in a line, never in a traceback."""
    try:
        tickwork(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (Misconfigured, Unavailable, IndexDown, psycopg.Error) as error:
        click.secho(str(error).strip() or type(error).__name__, fg="red", err=True)
        sys.exit(2)
    except Problem as problem:
        lines = [f"{fault['field']}: {fault['message']}" for fault in problem.errors] or [problem.detail]
        click.secho("\n".join(lines), fg="red", err=True)
        sys.exit(1)
