"""tickwork key, and tickwork keys: create, list, revoke."""

from os import environ
from uuid import UUID

import click

from tickwork.auth.keys import MOST_DAYS, KeyStore, new_key
from tickwork.cli import environment
from tickwork.cli.output import Column, as_json, print_json, print_table, say
from tickwork.core.errors import Misconfigured
from tickwork.core.principal import COMMAND_LINE, Role
from tickwork.core.settings import load_settings
from tickwork.stores.postgres.database import Database

COLUMNS = [Column("id", 36), Column("name", 12), Column("role", 8), Column("prefix", 8), Column("created_at", 20)]
COLUMNS += [Column("expires_at", 20), Column("last_used_at", 20), Column("revoked_at", 20)]


@click.command("key")
def key() -> None:
    """Print the admin's key of `make up` (or API_KEY): export KEY=$(tickwork key)"""
    # Without the stores, which are not asked: `make up` may have been given others than this shell names.
    if not (found := environ.get("API_KEY") or environment.told().get("API_KEY")):
        raise Misconfigured("API_KEY is not set; `tickwork keys create` makes a stored key.")
    click.echo(found)


@click.group()
def keys() -> None:
    """Make, list and revoke API keys. Needs DATABASE_URL alone."""


@keys.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What it may do.")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), metavar="N", help="It expires after so many days.")
@as_json
def create(name: str, role: str, days: int | None, as_json: bool) -> None:
    """Make a key and show it, this once.

    Two of one name may be active: make the second, change to it everywhere, revoke the first.
    """
    if not 1 <= len(name) <= 100:
        raise click.BadParameter("must have 1 to 100 characters", param_hint="NAME")
    made = new_key()
    row = _store().create(name, Role(role), days, made, COMMAND_LINE)
    if as_json:
        return print_json(row | {"key": made.key})
    say(f"The key {name} ({role}) is shown now and never again:")
    return click.echo(made.key)


@keys.command("list")
@as_json
def list_(as_json: bool) -> None:
    """Show all keys, without their secrets."""
    rows = _store().all()
    print_json(rows) if as_json else print_table(COLUMNS, [[row[column.header] for column in COLUMNS] for row in rows])


@keys.command()
@click.argument("id", type=click.UUID)
def revoke(id: UUID) -> None:
    """End a key; functions that know it forget it within seconds."""
    _store().revoke(id, COMMAND_LINE)
    say("revoked")


def _store() -> KeyStore:
    chosen = load_settings({"REDIS_URL": "redis://"} | dict(environ))  # which keys do not need
    database = Database(chosen.database_url.get_secret_value(), seconds=chosen.statement_seconds)
    click.get_current_context().call_on_close(database.close)
    return KeyStore(database)
