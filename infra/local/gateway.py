"""One address for everything, as a load balancer would be: `python -m infra.local.gateway FUNCTION=PORT …`."""

import sys
from asyncio import CancelledError
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from infra.local.dashboard import serve
from infra.local.echo import echo
from infra.local.outbox import read_outbox
from infra.local.plan import DASHBOARD, FILES
from infra.local.problem import problem
from infra.local.proxy import forward, make_client
from tickwork.api.routes import ROUTES
from tickwork.core.settings import Settings, load_settings

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
API_PREFIXES = {route.path.split("/")[1] for route in ROUTES}
STOP_SECONDS = 2
# What asks for no key is for this machine: a stranger's page may have its own name mean 127.0.0.1 (DNS rebinding).
HERE = [Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False)]


class Api:
    """Answers the paths of tickwork.api.routes by their functions and leaves all others to `rest`."""

    def __init__(self, rest: ASGIApp, ports: dict[str, int], client: httpx.AsyncClient):
        self._rest = rest
        self._ports = ports
        self._client = client
        rules = [Rule(r.path, methods=[r.method], endpoint=r.function) for r in ROUTES]
        self._map = Map(rules, strict_slashes=False, merge_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].removeprefix("/").split("/")[0] not in API_PREFIXES:
            return await self._rest(scope, receive, send)
        response = await self._answer(Request(scope, receive))
        return await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            function = self._function(request.method, request.scope["path"])
        except MethodNotAllowed as refusal:
            allow = ", ".join(sorted({*(refusal.valid_methods or ()), "OPTIONS"}))
            return problem(
                405, "Method not allowed", f"{request.method} is not allowed here", request, {"Allow": allow}
            )
        return await forward(request, self._client, function, self._ports[function])

    def _function(self, method: str, path: str) -> str:
        """Whoever answers this method here; list_jobs for preflights and unknown paths, which all answer alike."""
        try:
            return "list_jobs" if method == "OPTIONS" else str(self._map.bind("").match(path, method)[0])
        except NotFound:
            return "list_jobs"


class Farewell:
    """Tells a caller who is still waiting when the gateway stops, and nothing one who hung up in the midst of a body;
    uvicorn would log a page about each."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with suppress(ClientDisconnect):
                await self._app(scope, receive, send)
        except CancelledError:
            answer = problem(503, "Service unavailable", "the gateway stops", Request(scope, receive))
            with suppress(RuntimeError):  # half an answer was sent already
                await answer(scope, receive, send)


class Files(StaticFiles):
    """What jobs stored."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


async def refused(request: Request, refusal: Exception) -> Response:
    """What Starlette would say in plain text, of a file that is not there or a method that nothing here answers."""
    assert isinstance(refusal, HTTPException)
    title = HTTPStatus(refusal.status_code).phrase.capitalize()
    methods = {"Allow": "GET, HEAD"} if refusal.status_code == 405 else {}  # static files do not name theirs
    headers = {**methods, **(refusal.headers or {})}
    return problem(
        refusal.status_code, title, f"{request.method} {request.url.path}: {title.lower()}", request, headers
    )


def make_app(ports: dict[str, int], settings: Settings, dashboard: Path = DASHBOARD, files: Path = FILES) -> Starlette:
    files.mkdir(parents=True, exist_ok=True)
    client = make_client()

    async def outbox(request: Request) -> Response:
        return await _outbox(request, client, settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    routes = [
        Route("/echo", echo, methods=METHODS),
        Route("/outbox", outbox, middleware=HERE),
        Mount("/files", Files(directory=files), middleware=HERE),
        Mount("/", serve(dashboard)),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Farewell), Middleware(Api, ports, client)],
        exception_handlers={HTTPException: refused},
        lifespan=lifespan,
    )


async def _outbox(request: Request, client: httpx.AsyncClient, settings: Settings) -> Response:
    if settings.smtp_url.get_secret_value():
        return problem(404, "Not found", "SMTP_URL is set: e-mails went there", request)
    try:
        return JSONResponse({"items": await read_outbox(client, settings.aws_endpoint_url)})
    except (httpx.HTTPError, ValueError, KeyError):
        return problem(502, "Bad gateway", "AWS_ENDPOINT_URL does not answer as moto does", request)


def main(ports: dict[str, int]) -> None:
    settings = load_settings()
    uvicorn.run(
        make_app(ports, settings),
        host="127.0.0.1",
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,  # the functions' own is passed on
        timeout_graceful_shutdown=STOP_SECONDS,
    )


if __name__ == "__main__":
    main({name: int(port) for name, _, port in (pair.partition("=") for pair in sys.argv[1:])})
