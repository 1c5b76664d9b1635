"""Tokens of people: JWTs of an OpenID Connect issuer or of Supabase Auth, and the role that a claim of theirs names."""

import re
from datetime import UTC, datetime
from typing import Any

from tickwork.auth.jwks import ODD, Jwks
from tickwork.core.errors import Forbidden, Unauthorized
from tickwork.core.principal import RANK, Principal, Role, Via
from tickwork.core.settings import Settings

FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
SUPABASE_AUDIENCE = "authenticated"
SUPABASE_CLAIM = "app_metadata.role"  # users cannot write it; user_metadata they can


class Issuer:
    """One who may say who somebody is, and which claim holds their role."""

    def __init__(self, issuer: str, audience: str, claim: str, jwks_url: str = ""):
        self.name = issuer
        self.claim = claim
        self.jwks = Jwks(jwks_url, issuer)
        self._audience = audience

    def principal(self, token: str) -> Principal:
        """Raises Unauthorized, Unavailable, or Forbidden when the token names no role."""
        claims = self.jwks.claims(token, audience=self._audience, issuer=self.name)
        if (role := role_in(claims, self.claim)) is None:
            raise Forbidden(f"the token names no role: its claim {self.claim} must be {', '.join(Role)}")
        return Principal(_name(claims), role, Via.OIDC, _expiry(claims))


def issuers_of(settings: Settings) -> list[Issuer]:
    """Those that the settings trust."""
    issuers = []
    if settings.oidc_issuer:
        claim = settings.oidc_role_claim or "role"
        issuers.append(Issuer(settings.oidc_issuer, settings.oidc_audience, claim))
    if settings.supabase_url:
        issuer = f"{settings.supabase_url.rstrip('/')}/auth/v1"
        claim = settings.oidc_role_claim or SUPABASE_CLAIM
        issuers.append(Issuer(issuer, SUPABASE_AUDIENCE, claim, f"{issuer}/.well-known/jwks.json"))
    return issuers


def role_in(claims: dict[str, Any], path: str) -> Role | None:
    """The highest role at `path`, which is a claim's name, or names with dots between; its value a text or a list."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
    named = found if isinstance(found, list) else [found]
    roles = [role for role in Role if role.value in named]
    return max(roles, key=RANK.__getitem__, default=None)


def _expiry(claims: dict[str, Any]) -> datetime:
    try:
        return datetime.fromtimestamp(claims["exp"], UTC)
    except ODD:
        raise Unauthorized("the token's exp is no time") from None


def _name(claims: dict[str, Any]) -> str:
    # An address that nobody verified could be anybody's.
    verified = claims.get("email_verified") is True and isinstance(claims.get("email"), str)
    return str(claims["email"] if verified else claims["sub"])[:200]
