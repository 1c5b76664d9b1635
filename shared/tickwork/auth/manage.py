"""What admins do: make keys, see them, and read who did what."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from tickwork.auth.keys import MOST_DAYS, KeyStore, new_key
from tickwork.core.job import Whole
from tickwork.core.principal import Actor, Role

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[ -~]*$")]


class NewKeyRequest(BaseModel):
    """A key to be made. Two of one name may be active: the old and the new one of a rotation."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(description="Whose it is, or what for.")
    role: Role
    expires_in_days: Annotated[int, Field(ge=1, le=MOST_DAYS, strict=True), Whole] | None = None


class AuditQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = Field(None, description="`next_cursor` of a page.")


NEW_KEY = TypeAdapter(NewKeyRequest)
AUDIT_QUERY = TypeAdapter(AuditQuery)


def create_key(keys: KeyStore, wanted: NewKeyRequest, by: Actor) -> dict[str, Any]:
    """The key as lists show it, and `key` itself, this once. Raises Conflict when two of the name are active."""
    made = new_key()
    return keys.create(wanted.name, wanted.role, wanted.expires_in_days, made, by) | {"key": made.key}


def list_keys(keys: KeyStore) -> dict[str, Any]:
    return {"items": keys.all()}


def list_audit(keys: KeyStore, query: AuditQuery) -> dict[str, Any]:
    """A page, newest first."""
    rows = keys.audit(query.cursor, query.limit + 1)
    more = len(rows) > query.limit
    page = rows[: query.limit]
    return {"items": page, "next_cursor": str(page[-1]["id"]) if more else None}
