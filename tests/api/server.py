"""Every function behind one real HTTP server, as a gateway would route them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import WSGIRequestHandler, make_server

from tickwork.api.routes import ROUTES

URLS = Map([Rule(route.path, methods=[route.method], endpoint=route.function) for route in ROUTES])


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        pass


def gateway(apps: dict[str, Any]) -> Any:
    """A WSGI application that passes each request to the function that its method and path belong to."""

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        return apps[_function(environ)](environ, start_response)

    return application


def _function(environ: dict[str, Any]) -> str:
    adapter = URLS.bind_to_environ(environ)
    try:
        return adapter.match()[0]
    except HTTPException:
        others = adapter.allowed_methods()
        return adapter.match(method=next(iter(others)))[0] if others else "list_jobs"


@contextmanager
def serving(apps: dict[str, Any]) -> Iterator[str]:
    """The address of a running server."""
    server = make_server("127.0.0.1", 0, gateway(apps), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
