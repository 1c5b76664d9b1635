"""The gateway's Caddyfile, served by Caddy: each call reaches its function, the dashboard its headers, tick nobody."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from infra.functions import table
from infra.local.valkey import free_ports
from infra.render import INFRA
from infra.rendering.headers import rules
from tests.processes import running, wait_for_port
from tickwork.api.routes import ROUTES, Route

CADDY = Path(sys.executable).parent / "caddy"
FILE = INFRA / "gateway" / "Caddyfile"
ID = "01890000-0000-7000-8000-000000000000"
PUBLIC = [name for name, function in table().items() if function.public]
PAGE = "<!doctype html><title>Tickwork</title>"


class Echo(BaseHTTPRequestHandler):
    """Answers with the name of the function that it stands for."""

    def reply(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b"" if self.command == "HEAD" else self.server.name.encode()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = reply

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("gateway")
    pages, files = folder / "pages", folder / "files"
    for name, text in {"index.html": PAGE, "config.json": "{}", "_headers": "secret", "assets/app.js": "1"}.items():
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        (pages / name).write_text(text)
    files.mkdir()
    (files / "invoice.html").write_text("<script>alert(1)</script>")
    (port,) = free_ports(1)
    env = {"ADDRESS": f"http://127.0.0.1:{port}", "DASHBOARD": str(pages), "FILES": str(files)}
    env |= {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with ExitStack() as stack:
        for name in PUBLIC:
            server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
            server.name = name  # type: ignore[attr-defined]
            Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            env[name.upper()] = f"127.0.0.1:{server.server_port}"
        log = folder / "caddy.log"
        command = [CADDY, "run", "--adapter", "caddyfile", "--config", FILE]
        process = stack.enter_context(running(command, log, env=env))
        wait_for_port(port, process, log)
        yield stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30))


def test_caddy_finds_no_fault() -> None:
    done = subprocess.run(
        [CADDY, "validate", "--adapter", "caddyfile", "--config", FILE], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    done = subprocess.run([CADDY, "fmt", "--diff", FILE], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("route", [r for r in ROUTES if r.function in PUBLIC], ids=lambda r: f"{r.method} {r.path}")
def test_a_call_reaches_its_function(route: Route, gateway: httpx.Client) -> None:
    method, path, function = route.method, route.path.replace("<id>", ID), route.function
    assert gateway.request(method, path).text == function
    assert gateway.request(method, f"{path}?a=b").text == function


@pytest.mark.parametrize(
    "path", ["/tick", "/run", "/tick/", "/run?x", "/%2e/tick", "/jobs/../tick", "/jobs/x/../../tick"]
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_nobody_ticks_through_the_gateway(method: str, path: str, gateway: httpx.Client) -> None:
    answer = gateway.request(method, path)
    assert answer.status_code in (404, 405)
    assert answer.text not in PUBLIC


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/jobs"), ("OPTIONS", f"/jobs/{ID}"), ("POST", f"/jobs/{ID}/x")]
)
def test_what_no_route_has_is_answered_by_the_api_all_the_same(method: str, path: str, gateway: httpx.Client) -> None:
    assert gateway.request(method, path).text == "list_jobs"


@pytest.mark.parametrize("path", ["/", "/config.json", "/assets/app.js"])
def test_the_dashboard_has_the_headers_of_its_file(path: str, gateway: httpx.Client) -> None:
    answer = gateway.get(path)
    wanted = {
        name: value
        for pattern, name, value in rules()
        if fnmatchcase(path, pattern) or (path, pattern) == ("/", "/index.html")
    }
    assert answer.status_code == 200
    assert {name: answer.headers.get(name) for name in wanted} == wanted


def test_the_file_of_headers_is_not_served(gateway: httpx.Client) -> None:
    assert gateway.get("/_headers").status_code == 404


def test_a_stored_page_can_do_nothing(gateway: httpx.Client) -> None:
    answer = gateway.get("/files/invoice.html")
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert gateway.get("/files/").status_code == 404
