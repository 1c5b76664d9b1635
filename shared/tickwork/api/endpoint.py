"""The edge: routes, methods, body limits, JSON, CORS, ETags, and one table from error to problem+json (RFC 9457)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID, uuid4

import flask
import psycopg
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as NoSuchMethod
from werkzeug.exceptions import NotFound as NoSuchRoute
from werkzeug.http import parse_options_header
from werkzeug.routing import Map, MapAdapter, Rule

from tickwork.api.routes import Route, methods_of, routes_of
from tickwork.auth.gate import gate
from tickwork.core.errors import (
    Invalid,
    Malformed,
    MethodNotAllowed,
    Misconfigured,
    NotFound,
    Problem,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMedia,
)
from tickwork.core.log import log, scope
from tickwork.core.principal import Actor, Principal
from tickwork.core.settings import settings
from tickwork.core.text import in_utc
from tickwork.core.trace_context import incoming
from tickwork.core.validation import fault, problem_of
from tickwork.stores.postgres.database import NOT_MIGRATED

MAX_BODY_BYTES = 8 * 1024 * 1024
TOO_LONG = f"a body may have {MAX_BODY_BYTES} bytes"
UUID_TEXT = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CORS_HEADERS = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type, idempotency-key, if-none-match, traceparent",
    "Access-Control-Expose-Headers": "etag, location, retry-after, www-authenticate, x-request-id",
    "Access-Control-Max-Age": "3600",
}
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",  # heeded over HTTPS only
}

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """What a function sees of a request: which operation, on which job or key, with what, by whom."""

    name: str
    id: UUID | None
    query: dict[str, list[str]]
    body: bytes
    content_type: str
    headers: Any
    principal: Principal | None = None  # None where anyone may call, and somebody unknown did
    request_id: str = ""

    @property
    def caller(self) -> Principal:
        """Who calls, on a route that is not for anyone."""
        if self.principal is None:
            raise Unauthorized("send Authorization: Bearer with a key or a token")
        return self.principal

    @property
    def actor(self) -> Actor:
        """Whom the audit names."""
        return Actor(self.caller.name, self.caller.via, self.request_id)

    @property
    def the_id(self) -> UUID:
        """The job's or the key's id, on a route that always has one."""
        if self.id is None:
            raise NotFound("there is nothing at this path")
        return self.id

    def json(self, adapter: TypeAdapter[T]) -> T:
        """The body as `adapter` describes it; raises UnsupportedMedia, Malformed, or Invalid naming each field."""
        if parse_options_header(self.content_type)[0] != "application/json":
            raise UnsupportedMedia("send the body as application/json")
        try:
            return adapter.validate_json(self.body)
        except ValidationError as error:
            raise problem_of(error) from None

    def params(self, adapter: TypeAdapter[T]) -> T:
        """The query string as `adapter` describes it; raises Invalid naming each parameter."""
        try:
            return adapter.validate_python(
                {name: values[-1] if len(values) == 1 else values for name, values in self.query.items()}
            )
        except ValidationError as error:
            raise problem_of(error) from None


@dataclass(frozen=True)
class Reply:
    """`body` is anything JSON can hold, datetimes written as RFC 3339; or bytes of another `media_type`."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


def endpoint(function: str) -> Callable[[Callable[[Call], Reply]], Callable[[flask.Request], flask.Response]]:
    """Make a function of a Call into an HTTP function that answers the routes of `function`, and only those."""
    routes = routes_of(function)
    rules = [Rule(route.path, methods=[route.method], endpoint=route.name) for route in routes]
    if "<" not in routes[0].path:  # deployed alone, a function is called at its root
        rules.append(Rule("/", methods=[routes[0].method], endpoint=routes[0].name))
    urls = Map(rules, strict_slashes=False, merge_slashes=False).bind("")
    by_name = {route.name: route for route in routes}
    if flask.has_app_context():  # functions-framework itself refuses some paths, such as one with a line break
        flask.current_app.register_error_handler(HTTPException, _refused)

    def wrap(answer: Callable[[Call], Reply]) -> Callable[[flask.Request], flask.Response]:
        @wraps(answer)
        def wrapped(request: flask.Request) -> flask.Response:
            def answered(body: bytes, request_id: str) -> flask.Response:
                return _json_response(answer(_call(request, urls, by_name, body, request_id)), request)

            with scope(function=function):
                return _respond(request, answered)

        return wrapped

    return wrap


def _refused(error: HTTPException) -> flask.Response:
    def refuse(_: bytes, __: str) -> flask.Response:
        raise error

    return _respond(flask.request, refuse)


def _respond(request: flask.Request, answer: Callable[[bytes, str], flask.Response]) -> flask.Response:
    """`answer` of the request's body and id, or the problem that it raises. The body is read first, and never past its
    limit: functions-framework would read the rest of it, however long, before it lets any other response go."""
    request_id = _request_id(request)
    trace = incoming(request.headers)
    with scope(request_id=request_id, trace_id=trace.trace_id if trace else None):
        return _finished(_answered(request, answer, request_id), request, request_id)


def _answered(
    request: flask.Request, answer: Callable[[bytes, str], flask.Response], request_id: str
) -> flask.Response:
    try:
        body = _body(request)
    except Problem as problem:
        return _hung_up(_problem_response(problem, request_id))
    if request.method == "OPTIONS":
        return flask.Response(status=204)
    try:
        return answer(body, request_id)
    except Exception as error:
        return _problem_response(_as_problem(error, request_id), request_id)


def _request_id(request: flask.Request) -> str:
    given = request.headers.get("X-Request-Id", "")[:64]
    return given if re.fullmatch("[!-~]+", given) else uuid4().hex


def _hung_up(response: flask.Response) -> flask.Response:
    """Streamed, which keeps functions-framework from reading on, and the last on its connection."""
    text = response.get_data()
    response.response = iter([text])
    response.headers["Connection"] = "close"
    return response


def _call(request: flask.Request, urls: MapAdapter, routes: dict[str, Route], body: bytes, request_id: str) -> Call:
    name, values = _match(request, urls)
    principal = gate().admit(routes[name], request, body)
    query = request.args.to_dict(flat=False)
    content_type = request.headers.get("Content-Type", "")
    return Call(name, _id(values.get("id")), query, body, content_type, request.headers, principal, request_id)


def _match(request: flask.Request, urls: MapAdapter) -> tuple[str, dict[str, Any]]:
    try:
        name, values = urls.match(request.path, request.method)
        if values and (others := methods_of(request.path)):  # PATCH /jobs/stats is no PATCH of a job called "stats"
            raise NoSuchMethod(sorted(others))
        return name, dict(values)
    except NoSuchMethod as error:
        allowed = ", ".join(sorted({*(error.valid_methods or ()), "OPTIONS"}))
        raise MethodNotAllowed(f"{request.method} is not allowed here", headers={"Allow": allowed}) from None


def _id(text: str | None) -> UUID | None:
    if text is None:
        return None
    if not UUID_TEXT.fullmatch(text):  # UUID() also takes braces, "urn:uuid:" and other scripts' digits
        raise Invalid("id: must be a UUID", [fault(("id",), "must be a UUID")])
    return UUID(text)


def _body(request: flask.Request) -> bytes:
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise TooLarge(TOO_LONG)
    try:
        body = request.stream.read(MAX_BODY_BYTES + 1)
    except Exception:  # chunks that are none, or a caller that is gone: each server has its own names for them
        raise Malformed("the body cannot be read to its end") from None
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(TOO_LONG)
    return body


def _json_response(reply: Reply, request: flask.Request) -> flask.Response:
    unkept = {"Cache-Control": "no-store"} | reply.headers
    if reply.status == 204:
        return flask.Response(status=204, headers=unkept)
    body = reply.body if isinstance(reply.body, bytes) else to_json(in_utc(reply.body))
    if request.method not in ("GET", "HEAD") or reply.status != 200:
        return flask.Response(body, reply.status, unkept, content_type=reply.media_type)
    response = flask.Response(body, reply.status, reply.headers, content_type=reply.media_type)
    response.set_etag(sha256(body).hexdigest()[:32])
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _as_problem(error: Exception, request_id: str) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, Misconfigured):
        log("http.misconfigured", "ERROR", message=str(error), request_id=request_id)
        return Unavailable(f"this function is not configured: {error}", retry_after=60)
    if isinstance(error, NOT_MIGRATED):
        log("http.misconfigured", "ERROR", message=str(error), request_id=request_id)
        return Unavailable("the database is not migrated: run `tickwork migrate`", retry_after=60)
    if isinstance(error, psycopg.OperationalError):
        return Unavailable("Postgres cannot do this now")
    if isinstance(error, NoSuchRoute):
        return NotFound("there is nothing at this path")
    if isinstance(error, HTTPException) and (error.code or 500) < 500:
        return Malformed(error.description or "the request cannot be read")
    log("http.error", "ERROR", message=f"{type(error).__name__}: {error}", request_id=request_id, stack=_stack(error))
    return Problem("something went wrong; the log has more under this request_id")


def _stack(error: Exception) -> str:
    from traceback import format_exception

    return "".join(format_exception(error))


def _problem_response(problem: Problem, request_id: str) -> flask.Response:
    body = to_json(
        {
            "type": "about:blank",
            "title": problem.title,
            "status": problem.status,
            "detail": problem.detail,
            "errors": problem.errors,
            "request_id": request_id,
        }
    )
    response = flask.Response(body, problem.status, problem.headers, mimetype="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _finished(response: flask.Response, request: flask.Request, request_id: str) -> flask.Response:
    # Added, not set: none of them is there yet, and to set one is to look through all the others.
    response.headers.extend(SECURITY_HEADERS | {"X-Request-Id": request_id, "Vary": "Origin"})
    origin = request.headers.get("Origin")
    if origin and origin in _allowed_origins():
        response.headers.extend(CORS_HEADERS | {"Access-Control-Allow-Origin": origin})
    return response


def _allowed_origins() -> list[str]:
    try:
        return settings().cors_origins
    except Misconfigured:  # the answer itself says so
        return []
