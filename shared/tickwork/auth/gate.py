"""Who may call which route: the one place that decides, for every function. Nothing is open by default."""

import re
from functools import cache
from hmac import compare_digest
from ipaddress import ip_address
from typing import TYPE_CHECKING

import redis
from redis.exceptions import RedisClusterException

from tickwork.api.routes import ANYONE, SCHEDULER, Route
from tickwork.auth.jwks import issuer_in
from tickwork.auth.keys import KeyRing, KeyStore
from tickwork.auth.oidc import FORM, Issuer, issuers_of
from tickwork.auth.rate_limits import Rates
from tickwork.auth.scheduler import Scheduler
from tickwork.connections import database, redis_client
from tickwork.core.errors import Forbidden, Problem, Unauthorized
from tickwork.core.log import log
from tickwork.core.principal import Principal, Role, Via
from tickwork.core.settings import Settings, settings

if TYPE_CHECKING:
    import flask

# What proxies add; X-Forwarded-Proto alone is a common configuration, too.
FORWARDED = re.compile(
    r"forwarded|x-forwarded-.+|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip|via", re.IGNORECASE
)
ADDRESS = re.compile(r"(?:https?:)?//([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")
BEARER = re.compile(r"Bearer +([!-~]+)", re.IGNORECASE)


class Gate:
    """`admit` says who calls, or refuses. `keys` knows stored keys, `once` remembers ids of signed calls."""

    def __init__(self, settings: Settings, keys: KeyRing, scheduler: Scheduler, rates: Rates):
        self._settings = settings
        self.rates = rates
        self._keys = keys
        self._scheduler = scheduler
        self._issuers: dict[str, Issuer] = {issuer.name: issuer for issuer in issuers_of(settings)}

    @property
    def issuers(self) -> list[Issuer]:
        return list(self._issuers.values())

    def admit(self, route: Route, request: "flask.Request", body: bytes) -> Principal | None:
        """Who calls `route`; None for a stranger where anyone may. Raises Unauthorized, Forbidden, Unavailable."""
        bearer = _bearer(request)
        if route.role == ANYONE:
            return self._known_or_stranger(request, bearer)
        try:
            return self._admitted(route, request, bearer, body)
        except (Unauthorized, Forbidden) as refusal:
            if bearer:  # who sends nothing tries nothing; the limit on wrong keys ends the lines too
                log("auth.refused", "WARNING", operation=route.name, status=refusal.status, reason=refusal.detail)
            raise

    def _admitted(self, route: Route, request: "flask.Request", bearer: str, body: bytes) -> Principal:
        if route.role == SCHEDULER and (scheduler := self._scheduler.admit(request.headers, bearer, body)):
            return scheduler
        principal = self._principal(request, bearer)
        _require(principal, Role.OPERATOR if route.role == SCHEDULER else Role(route.role))
        self.rates.call(principal)
        return principal

    def _known_or_stranger(self, request: "flask.Request", bearer: str) -> Principal | None:
        try:
            return self._principal(request, bearer)
        except Problem:
            return None

    def _principal(self, request: "flask.Request", bearer: str) -> Principal:
        if bearer:
            found = self._by_setting(bearer) or self._keys.principal(bearer) or self._by_token(bearer)
        else:
            found = self._on_loopback(request)
        if found is None and bearer:
            self.rates.failed_sign_in(address_of(request, self._settings.trusted_proxies))
            raise Unauthorized("the key or token is not valid")
        if found is None:
            raise Unauthorized("send Authorization: Bearer with a key or a token")
        return found

    def _by_setting(self, bearer: str) -> Principal | None:
        wanted = self._settings.api_key.get_secret_value()
        if wanted and compare_digest(bearer.encode(), wanted.encode()):
            return Principal("API_KEY", Role.ADMIN, Via.KEY)
        return None

    def _by_token(self, bearer: str) -> Principal | None:
        if not self._issuers or not FORM.fullmatch(bearer):
            return None
        issuer = self._issuers.get(issuer_in(bearer))
        try:
            return issuer.principal(bearer) if issuer else None
        except Unauthorized:
            return None

    def _on_loopback(self, request: "flask.Request") -> Principal | None:
        if self._settings.insecure_no_auth != "loopback" or not from_loopback(request):
            return None
        return Principal("loopback", Role.ADMIN, Via.INSECURE)


def address_of(request: "flask.Request", proxies: int) -> str:
    """The caller's address; behind proxies that are trusted, what the outermost of them saw."""
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    return seen[-proxies] if 0 < proxies <= len(seen) else request.remote_addr or ""


def from_loopback(request: "flask.Request") -> bool:
    """A caller on this machine, and no page of a stranger's site that a browser on this machine shows."""
    if any(map(FORWARDED.fullmatch, request.headers.keys())) or not _is_loopback(request.remote_addr or ""):
        return False
    addresses = [f"//{request.headers.get('Host', '')}", *request.headers.getlist("Origin")]
    return all(_is_loopback(_host_in(address)) for address in addresses)


def _host_in(address: str) -> str:
    found = ADDRESS.fullmatch(address)
    return found[1].strip("[]").lower() if found else ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _bearer(request: "flask.Request") -> str:
    given = BEARER.fullmatch(request.headers.get("Authorization", ""))
    return given[1] if given else ""


def _require(principal: Principal, needed: Role) -> None:
    if principal.role is None or not principal.role.includes(needed):
        raise Forbidden(f"this needs the role {needed}; yours is {principal.role}")


@cache
def gate() -> Gate:
    """This process's own."""
    chosen = settings()
    return Gate(chosen, KeyRing(KeyStore(database())), Scheduler(chosen, _once), Rates(chosen, redis_client))


def _once(id: str, seconds: int) -> bool:
    try:
        return bool(redis_client().set(f"tickwork:once:{id}", b"", nx=True, ex=seconds))
    except (redis.RedisError, RedisClusterException):  # a tick that comes twice does no harm
        return True
