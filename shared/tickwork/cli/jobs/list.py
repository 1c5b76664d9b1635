"""tickwork jobs list."""

from collections.abc import Iterator
from typing import Any

import click

from tickwork.cli import environment
from tickwork.cli.options import FILTERS, checked, given, options
from tickwork.cli.output import Column, as_json, distance, print_json_list, print_table, say, terminal_width
from tickwork.jobs import listing
from tickwork.jobs.listing import MAX_LIMIT, SORTS, Query

WIDE = 120  # columns from which a line holds the times and the last error too
REASON = 100  # letters of that error, whose text may have thousands
SHORT = [Column("id", 36), Column("status", 11), Column("type", 12, folded=True), Column("due", 8)]
SHORT += [Column("prio", 4, right=True)]
LONG = [Column("id", 36), Column("status", 11), Column("type", 12), Column("scheduled_at", 20)]
LONG += [Column("priority", 8, right=True), Column("retries", 7, right=True), Column("failed_reason", folded=True)]


@click.command("list")
@options(*FILTERS)
@click.option(
    "--sort", default="-created_at", show_default=True, metavar="COLUMN", help=f"{', '.join(SORTS)}; - is descending."
)
@click.option("--limit", type=int, metavar="N", help=f"Jobs of a page, up to {MAX_LIMIT}.  [default: 50]")
@click.option("--all", "follow", is_flag=True, help="Every page, not only the first.")
@as_json
def list_(follow: bool, limit: int | None, as_json: bool, **values: Any) -> None:
    """Show jobs that match all filters, newest first.

    \b
    Examples:
      tickwork jobs list --status failed --status cancelled --sort -updated_at
      tickwork jobs list --type email -q ada@example.com
      tickwork jobs list --status pending --all --json | jq -r '.[].id'

    failed_reason is cut, and left out on narrow terminals; `tickwork jobs show ID` and --json have all of it.
    """
    size = limit if limit is not None else MAX_LIMIT if follow else 50
    pages = _pages(checked(Query, given(values) | {"limit": size}), follow)
    print_json_list(pages) if as_json else _print(pages)


def _pages(query: Query, follow: bool) -> Iterator[list[Any]]:
    while True:
        page = listing.list_jobs(environment.store(), query)
        yield page["items"]
        if page["next_cursor"] is None:
            return
        if not follow:
            return say(_more(page["searched"]))
        query = query.model_copy(update={"cursor": page["next_cursor"]})


def _more(searched: int | None) -> str:
    looked = f"Only {searched:,} jobs were searched" if searched else "There are more"
    return f"{looked}: --all goes on to the end."


def _print(pages: Iterator[list[Any]]) -> None:
    width = terminal_width()
    short = width is not None and width < WIDE
    header = True
    for page in pages:
        if page:
            _print_page(page, short, header)
            header = False
    if header:
        say("No job matches.")


def _print_page(page: list[Any], short: bool, header: bool) -> None:
    if short:
        now = environment.store().now()
        rows = [(j["id"], j["status"], j["type"], distance(j["scheduled_at"], now), j["priority"]) for j in page]
        return print_table(SHORT, rows, header)
    return print_table(LONG, [[*(job[column.header] for column in LONG[:-1]), _reason(job)] for job in page], header)


def _reason(job: Any) -> str:
    text = job["failed_reason"] or ""
    return text if len(text) <= REASON else f"{text[: REASON - 1]}…"
