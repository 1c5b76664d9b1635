"""Rows in any state, filled with what is plausible for it; times are given relative to the database's now."""

from typing import Any
from uuid import UUID

import psycopg
import uuid_utils.compat
from psycopg.types.json import Jsonb

from tickwork.core.job import Settled


def insert_job(
    sql: psycopg.Connection[Any], status: str = "pending", *, due_in: float = -1, lease: float = 30, **columns: Any
) -> UUID:
    """A row in `status`; due `due_in` seconds from now, and when running leased for `lease` seconds from now."""
    running = status == "in_progress"
    row = {
        "id": uuid_utils.compat.uuid7(),
        "type": "ok",
        "status": status,
        "payload": Jsonb({}),
        "attempt": 0 if status == "pending" else 1,
        "failed_reason": "boom" if status == "failed" else None,
    } | {name: Jsonb(value) if name == "payload" else value for name, value in columns.items()}
    names = ", ".join(row)
    marks = ", ".join(f"%({name})s" for name in row)
    sql.execute(
        f"insert into tickwork.jobs ({names}, scheduled_at, started_at, lease_expires_at, completed_at)"
        f" values ({marks}, now() + make_interval(secs => %(due_in)s),"
        " case when %(status)s <> 'pending' then now() - interval '10 seconds' end,"
        " case when %(running)s then now() + make_interval(secs => %(lease)s) end,"
        " case when %(status)s = 'completed' then now() end)",
        row | {"due_in": due_in, "running": running, "lease": lease},
    )
    return row["id"]


def row_of(sql: psycopg.Connection[Any], id: UUID) -> dict[str, Any]:
    with sql.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute("select * from tickwork.jobs where id = %s", [id]).fetchone()


def standing(sql: psycopg.Connection[Any], id: UUID) -> Settled:
    return Settled(*(row_of(sql, id)[name] for name in Settled._fields))
