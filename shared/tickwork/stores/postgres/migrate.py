"""Apply migrations/NNNN_name.sql in order, each with its number in one transaction. Safe to run twice at once."""

from pathlib import Path

import psycopg

from tickwork.stores.postgres.database import statement

MIGRATIONS = Path(__file__).parent / "migrations"


def migrations() -> list[tuple[int, Path]]:
    """Every migration file with its number, lowest first."""
    return sorted((int(path.name[:4]), path) for path in MIGRATIONS.glob("[0-9]*.sql"))


def migrate(dsn: str) -> list[str]:
    """Bring the database at `dsn` up to date; returns the names of the files that were applied."""
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None, connect_timeout=5) as connection:
        return [path.name for number, path in migrations() if _apply(connection, number, path)]


def _apply(connection: psycopg.Connection, number: int, path: Path) -> bool:
    with connection.transaction():
        connection.execute(statement("lock_migrations"))
        if connection.execute(statement("record_migration"), {"number": number, "name": path.name}).rowcount == 0:
            return False
        connection.execute(path.read_bytes())
        return True
