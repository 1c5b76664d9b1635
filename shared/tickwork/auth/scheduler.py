"""Who may tick and run batches: a shared secret, Google's scheduler, QStash, or whom the platform lets through.

TICK_AUTH chooses one of them; nothing that a caller sends does.
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from pydantic import SecretStr

from tickwork.auth.jwks import LEEWAY_SECONDS, ODD, Jwks, issuer_in
from tickwork.core.errors import Unauthorized
from tickwork.core.principal import Principal, Via
from tickwork.core.settings import Settings

GOOGLE = ["https://accounts.google.com", "accounts.google.com"]
QSTASH_HEADER = "Upstash-Signature"

# (id, seconds) → True when this id was not seen in that time
Once = Callable[[str, int], bool]


class Scheduler:
    """Checks the caller of POST /tick and POST /run. `once` remembers ids of signed calls."""

    def __init__(self, settings: Settings, once: Once):
        self._settings = settings
        self._once = once
        self._google = Jwks(settings.google_jwks_url)

    def admit(self, headers: Any, bearer: str, body: bytes) -> Principal | None:
        """Whom the chosen way shows; None when the call has nothing of that kind. Raises Unauthorized, Unavailable."""
        match self._settings.tick_auth:
            case "platform":
                return _scheduler("platform")
            case "google":
                return self._by_google(bearer) if issuer_in(bearer) in GOOGLE else None  # others need not wait for it
            case "qstash":
                return self._by_qstash(headers.get(QSTASH_HEADER, ""), body)
        return self._by_secret(bearer)

    def _by_secret(self, bearer: str) -> Principal | None:
        known = (self._settings.tick_secret, self._settings.tick_secret_previous)
        return _scheduler("secret") if any(_equal(bearer, secret) for secret in known) else None

    def _by_google(self, token: str) -> Principal | None:
        try:
            claims = self._google.claims(token, audience=self._settings.tick_audience, issuer=GOOGLE)
        except Unauthorized:  # counted as any other wrong token is
            return None
        wanted = self._settings.tick_service_account
        known = claims.get("email_verified") is True and claims.get("email") == wanted
        return _scheduler(wanted) if known else None

    def _by_qstash(self, token: str, body: bytes) -> Principal | None:
        if not token:
            return None
        claims = self._signed_by_qstash(token)
        if not compare_digest(_unpadded(str(claims["body"])), sha256(body).digest()):
            raise Unauthorized("the signature is of another body")
        if not self._once(f"qstash:{claims['jti']}", _lifetime(claims)):
            raise Unauthorized("this call was made before")
        return _scheduler("qstash")

    def _signed_by_qstash(self, token: str) -> dict[str, Any]:
        import jwt

        for secret in (self._settings.qstash_current_signing_key, self._settings.qstash_next_signing_key):
            if not secret.get_secret_value():
                continue
            try:
                return jwt.decode(
                    token,
                    secret.get_secret_value(),
                    algorithms=["HS256"],
                    issuer="Upstash",
                    subject=self._settings.tick_audience,
                    leeway=LEEWAY_SECONDS,
                    options={"require": ["exp", "nbf", "iss", "sub", "jti", "body"], "verify_aud": False},
                )
            except jwt.InvalidSignatureError:
                continue
            except (jwt.PyJWTError, *ODD):
                break
        raise Unauthorized("the signature is not valid here")


def _scheduler(name: str) -> Principal:
    return Principal(name, None, Via.SCHEDULER)


def _lifetime(claims: dict[str, Any]) -> int:
    """Seconds in which a call may come."""
    try:
        return int(claims["exp"] - claims["nbf"]) + 2 * LEEWAY_SECONDS
    except ODD:
        raise Unauthorized("the signature's exp and nbf are no times") from None


def _equal(given: str, secret: SecretStr) -> bool:
    wanted = secret.get_secret_value()
    return bool(wanted) & compare_digest(given.encode(), wanted.encode())


def _unpadded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except ValueError:
        return b""
