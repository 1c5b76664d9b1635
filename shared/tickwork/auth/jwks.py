"""An issuer's public keys: fetched when first needed, kept, and fetched again when a token names one that is new."""

import json
from contextlib import suppress
from http.client import HTTPException
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

from tickwork.core.errors import Unauthorized, Unavailable
from tickwork.core.settings import is_safe

if TYPE_CHECKING:
    from jwt import PyJWK

FETCH_SECONDS = 5.0
KEEP_SECONDS = 600.0
AGAIN_SECONDS = 30.0  # unknown key ids come from anybody: they do not make us fetch more often than this
AWAY_SECONDS = 10.0  # nor one that does not answer: whoever comes with a token would wait for it, threads and all
MAX_BYTES = 256 * 1024
ASYMMETRIC = ("RSA", "EC", "OKP")
ALGORITHMS = ["RS256", "ES256", "EdDSA"]
LEEWAY_SECONDS = 10
ODD = (ValueError, TypeError, OverflowError, OSError, RecursionError)  # what odd JSON raises, or a time from it


def issuer_in(token: str) -> str:
    """Whom an unverified token claims to be from: only to choose whose keys must have signed it."""
    import jwt

    try:
        return str(jwt.decode(token, options={"verify_signature": False}).get("iss"))
    except (jwt.PyJWTError, *ODD):
        return ""


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def fetch_json(url: str) -> Any:
    """The JSON at an address that the settings name; raises Unavailable."""
    try:
        with build_opener(ProxyHandler({}), NoRedirect).open(url, timeout=FETCH_SECONDS) as answer:
            return json.loads(answer.read(MAX_BYTES))
    except (URLError, HTTPException, *ODD):
        raise Unavailable("the issuer of tokens does not answer") from None


class Jwks:
    """The keys of one issuer. `url` is where they are, or the issuer itself, whose discovery document says it."""

    def __init__(self, url: str = "", issuer: str = ""):
        self._url = url
        self._issuer = issuer
        self._keys: dict[str | None, PyJWK] = {}
        self._discovered: dict[str, Any] = {}
        self._fetched_at = float("-inf")
        self._away_until = float("-inf")
        self._lock = Lock()

    def claims(self, token: str, *, audience: str, issuer: str | list[str]) -> dict[str, Any]:
        """What a token says that is signed by this issuer, in time, and for us. Raises Unauthorized, Unavailable."""
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            key = self._key(header.get("kid"))
            if key is None or header.get("alg") not in ALGORITHMS:
                raise Unauthorized("the token is not signed by a key of its issuer")
            return jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=audience,
                issuer=issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthorized("the token has expired") from None
        except (jwt.PyJWTError, *ODD):
            raise Unauthorized("the token is not valid here") from None

    def discovered(self) -> dict[str, Any]:
        """The issuer's OpenID configuration; raises Unavailable."""
        if not self._discovered:
            found = self._json(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if not isinstance(found, dict) or found.get("issuer") != self._issuer:
                raise Unavailable("the issuer's configuration names another issuer")
            self._discovered = found
        return self._discovered

    def _key(self, kid: str | None) -> "PyJWK | None":
        with self._lock:
            age = monotonic() - self._fetched_at
            if age > KEEP_SECONDS or (kid not in self._keys and age > AGAIN_SECONDS):
                self._fetch()
            return self._keys.get(kid)

    def _fetch(self) -> None:
        try:
            self._keys = dict(_keys(self._json(self._address())))
        except Unavailable:
            if not self._keys:
                raise
        self._fetched_at = monotonic()  # keys that are known go on working while the issuer is away

    def _address(self) -> str:
        address = self._url or str(self.discovered().get("jwks_uri"))
        if not is_safe(address):
            raise Unavailable("the issuer's configuration names no https:// address of its keys")
        return address

    def _json(self, url: str) -> Any:
        if monotonic() < self._away_until:
            raise Unavailable("the issuer of tokens does not answer")
        try:
            return fetch_json(url)
        except Unavailable:
            self._away_until = monotonic() + AWAY_SECONDS
            raise


def _keys(found: Any) -> "list[tuple[str | None, PyJWK]]":
    """Those that may check a signature and that we understand; never a symmetric one."""
    import jwt

    keys = []
    for one in _entries(found):
        if one.get("kty") in ASYMMETRIC and one.get("use", "sig") == "sig":
            with suppress(Exception):  # of odd numbers, points and curves libraries come up with errors of their own
                keys.append((one.get("kid"), jwt.PyJWK(one)))
    return keys


def _entries(found: Any) -> list[dict[str, Any]]:
    entries = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        return []
    return [one for one in entries if isinstance(one, dict) and isinstance(one.get("kid"), str | None)]
