"""Postgres: channels, what was told, and messages. One method per statement, as in job_store.py."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg.rows import args_row, dict_row

from tickwork.alerts.message import Delivery
from tickwork.core.principal import Actor
from tickwork.stores.postgres.database import Database, statement

QUIET_SECONDS = 300.0  # between two messages about the same
TRIES = 5
AT_ONCE = 20
SHOWN = 100

Row = dict[str, Any]


class AlertStore:
    """Raises Unavailable when Postgres cannot be reached."""

    def __init__(self, database: Database):
        self._database = database

    def add_channel(self, most: int, by: Actor, **columns: Any) -> Row | None:
        """The new channel; None when there are `most` already. `by` is written into the audit."""
        return next(iter(self._rows("add_channel", most=most, **columns, **by._asdict())), None)

    def channels(self) -> list[Row]:
        """Every channel with its url."""
        return self._rows("find_channels")

    def remove_channel(self, id: UUID, by: Actor) -> bool:
        return self._count("remove_channel", id=id, **by._asdict()) > 0

    def note_state(self, event: str, active: bool, count: int = 0, seconds: float = 0.0) -> int:
        """Say whether `event` goes on. When that is news, messages are written; returns how many."""
        values = {"event": event, "active": active, "count": count, "seconds": seconds}
        return self._count("raise_alert", quiet_seconds=QUIET_SECONDS, **values)

    def digest_failures(self) -> int:
        """Write one message for each type with failures that were not told yet; returns how many."""
        return self._count("digest_failures", quiet_seconds=QUIET_SECONDS)

    def oldest_due(self) -> float:
        """Seconds that the longest due job has waited; 0 without one."""
        return float(self._rows("find_oldest_due")[0]["seconds"] or 0.0)

    def claim_deliveries(self) -> Sequence[Delivery]:
        """Messages that the caller is to send now."""
        with self._database.connection() as connection, connection.cursor(row_factory=args_row(Delivery)) as cursor:
            return cursor.execute(statement("claim_deliveries"), {"limit": AT_ONCE, "tries": TRIES}).fetchall()

    def note_delivery(self, id: UUID, error: str | None) -> None:
        self._count("note_delivery", id=id, ok=error is None, error=error, tries=TRIES)

    def add_test(self, by: Actor, **columns: Any) -> None:
        """Note a test message that `by` had sent, or tried to."""
        self._count("add_test", **columns, **by._asdict())

    def deliveries(self) -> list[Row]:
        """The latest messages that were tried, newest first."""
        return self._rows("find_deliveries", limit=SHOWN)

    def prune(self, keep_seconds: float) -> None:
        self._count("prune_deliveries", keep_seconds=keep_seconds)

    def _rows(self, name: str, /, **values: Any) -> list[Row]:
        with self._database.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement(name), values).fetchall()

    def _count(self, name: str, /, **values: Any) -> int:
        with self._database.connection() as connection:
            return connection.execute(statement(name), values).rowcount
