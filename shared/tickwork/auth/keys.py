"""API keys: `tw_<prefix>_<256 random bits>`, stored as SHA-256, shown once, checked without a look-up each time."""

import re
import string
from base64 import urlsafe_b64encode
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from secrets import choice, token_bytes
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import args_row, dict_row

from tickwork.core.errors import Conflict, NotFound, Unavailable
from tickwork.core.principal import Actor, Principal, Role, Via
from tickwork.stores.postgres.database import Database, statement

LETTERS = string.ascii_lowercase + string.digits
FORM = re.compile(r"tw_([a-z0-9]{8})_[A-Za-z0-9_-]{43}")
FRESH_SECONDS = 5.0  # a revoked key works this much longer in a process that knows it
MOST_KNOWN = 10_000
MOST_DAYS = 3650  # until one expires


class NewKey(NamedTuple):
    """`key` is shown once and kept nowhere."""

    key: str
    prefix: str
    hash: bytes


class StoredKey(NamedTuple):
    """One that is neither revoked nor expired. `seconds_left`: until it expires, by the database's clock."""

    id: UUID
    name: str
    role: str
    hash: bytes
    expires_at: datetime | None
    seconds_left: float | None
    rested: bool


class Known(NamedTuple):
    principal: Principal
    until: float


def new_key() -> NewKey:
    prefix = "".join(choice(LETTERS) for _ in range(8))
    key = f"tw_{prefix}_{urlsafe_b64encode(token_bytes(32)).decode().rstrip('=')}"
    return NewKey(key, prefix, digest(key))


def digest(key: str) -> bytes:
    return sha256(key.encode()).digest()


class KeyStore:
    """Every method raises Unavailable when Postgres cannot be reached."""

    def __init__(self, database: Database):
        self._database = database

    def find(self, prefix: str) -> StoredKey | None:
        """The key with this prefix, if it is still good."""
        with self._database.connection() as connection, connection.cursor(row_factory=args_row(StoredKey)) as cursor:
            return cursor.execute(statement("find_api_key"), {"prefix": prefix}).fetchone()

    def touch(self, id: UUID) -> None:
        """Remember that the key was used."""
        with self._database.connection() as connection:
            connection.execute(statement("touch_api_key"), {"id": id})

    def all(self) -> list[dict[str, Any]]:
        """Every key that is or was, newest first, without its hash."""
        with self._database.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement("list_api_keys")).fetchall()

    def audit(self, before: int | None, limit: int) -> list[dict[str, Any]]:
        """What was done, newest first, before the row with this id."""
        with self._database.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement("list_audit"), {"before": before, "limit": limit}).fetchall()

    def create(self, name: str, role: Role, days: int | None, made: NewKey, by: Actor) -> dict[str, Any]:
        """Store a new key; raises Conflict when two of this name are active already."""
        values = {"name": name, "role": role, "days": days, "prefix": made.prefix, "hash": made.hash}
        with self._database.connection() as connection, connection.transaction():
            connection.execute(statement("lock_api_keys"))
            with connection.cursor(row_factory=dict_row) as cursor:
                row = cursor.execute(statement("create_api_key"), values | by._asdict()).fetchone()
        if row is None:
            raise Conflict(f"two keys named {name!r} are active: revoke one before you make another")
        return row

    def revoke(self, id: UUID, by: Actor) -> None:
        """End a key; raises NotFound when there is none, or it was revoked before."""
        with self._database.connection() as connection:
            done = connection.execute(statement("revoke_api_key"), {"id": id} | by._asdict()).fetchone()
        if done is None:
            raise NotFound(f"there is no active key {id}")


class KeyRing:
    """Checks keys against the store, and remembers good ones for a few seconds."""

    def __init__(self, store: KeyStore):
        self._store = store
        self._known: dict[bytes, Known] = {}

    def principal(self, key: str) -> Principal | None:
        """Whose key this is; None when it is none, or not good any more."""
        if not (form := FORM.fullmatch(key)):
            return None
        hash = digest(key)
        known = self._known.get(hash)
        if known is None or monotonic() >= known.until:
            known = self._look_up(form[1], hash)
        return known.principal if known else None

    def _look_up(self, prefix: str, hash: bytes) -> Known | None:
        found = self._store.find(prefix)
        if found is None or not compare_digest(found.hash, hash):
            self._known.pop(hash, None)
            return None
        if found.rested:
            with suppress(psycopg.Error, Unavailable):  # such as a standby that takes no writes
                self._store.touch(found.id)
        seconds = FRESH_SECONDS if found.seconds_left is None else min(FRESH_SECONDS, found.seconds_left)
        known = Known(Principal(found.name, Role(found.role), Via.KEY, found.expires_at), monotonic() + seconds)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[hash] = known
        return known
