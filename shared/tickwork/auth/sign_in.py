"""How one signs in, for the dashboard: by key always, through an OpenID Connect issuer when one is set."""

from typing import Any

from tickwork.auth.gate import Gate
from tickwork.core.errors import Unavailable
from tickwork.core.settings import Settings

SCOPE = "openid email profile"
ENDPOINTS = ("issuer", "authorization_endpoint", "token_endpoint")


def sign_in(gate: Gate, settings: Settings) -> dict[str, Any]:
    """`oidc` is null while no issuer is set, or it does not answer."""
    return {"key": True, "oidc": _oidc(gate, settings), "insecure": settings.insecure_no_auth == "loopback"}


def _oidc(gate: Gate, settings: Settings) -> dict[str, Any] | None:
    if not gate.issuers or not settings.oidc_client_id:
        return None
    try:
        found = gate.issuers[0].jwks.discovered()
    except Unavailable:
        return None
    return {name: found.get(name) for name in ENDPOINTS} | {"client_id": settings.oidc_client_id, "scope": SCOPE}
