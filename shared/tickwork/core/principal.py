"""Who calls: a name, a role, and how that was shown."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """Each may what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, needed: "Role") -> bool:
        return RANK[self] >= RANK[needed]


RANK = {role: rank for rank, role in enumerate(Role)}


class Via(StrEnum):
    KEY = "key"
    OIDC = "oidc"
    INSECURE = "insecure"  # INSECURE_NO_AUTH
    SCHEDULER = "scheduler"  # TICK_AUTH
    CLI = "cli"  # whoever holds DATABASE_URL


class Principal(NamedTuple):
    """`role` is None for a scheduler, who may tick and nothing else."""

    name: str
    role: Role | None
    via: Via
    expires_at: datetime | None = None


class Actor(NamedTuple):
    """Whom the audit names for a change, and the id under which the log has more."""

    actor: str
    via: Via
    request_id: str


COMMAND_LINE = Actor("cli", Via.CLI, "cli")  # whoever has DATABASE_URL may do anything
