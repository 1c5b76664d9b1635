"""The local gateway between a caller and a function: what passes, what does not, and what if nobody answers."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from infra.local import ticker
from infra.local.gateway import make_app
from infra.local.prepare import wait_for
from infra.local.valkey import free_ports
from tickwork.api.routes import FUNCTIONS
from tickwork.core.settings import Settings

SETTINGS = Settings(database_url="postgresql://", redis_url="redis://")


class Function(BaseHTTPRequestHandler):
    """Answers what it got, with headers of its own connection among others."""

    protocol_version = "HTTP/1.1"

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pairs = [(name.lower(), value) for name, value in self.headers.items()]
        got = {"method": self.command, "path": self.path, "headers": pairs, "body": body.decode()}
        answer = json.dumps(got).encode()
        self.send_response(207)
        for name, value in [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Connection", "x-mine"), ("X-Mine", "1")]:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_OPTIONS = do_any

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def gateway(ports: dict[str, int], folder: Path) -> Iterator[httpx.Client]:
    """A client of a gateway that runs as long as the block."""
    app = make_app(ports, SETTINGS, dashboard=folder / "dist", files=folder / "files")
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Function) as function:
        Thread(target=function.serve_forever).start()
        ports = dict.fromkeys(FUNCTIONS, function.server_address[1])
        with gateway(ports, tmp_path_factory.mktemp("gateway")) as client:
            yield client
        function.shutdown()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A gateway with a dashboard, and no function."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "dist").mkdir()
    for name in ("index.html", "_headers"):
        (folder / "dist" / name).write_text("")
    with gateway({}, folder) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/jobs//cancel", "/jobs///retry", "/jobs/..%2F/cancel", "/jobs/%0A/cancel", "/jobs/a%23/retry"]
)
def test_a_path_that_begs_to_be_tidied_up_is_passed_on_as_it_is(client: httpx.Client, path: str) -> None:
    got = client.put(path)
    assert (got.status_code, got.json()["path"]) == (207, path)


def test_a_request_arrives_as_it_was_sent(client: httpx.Client) -> None:
    path = "/jobs/a%2Fb%20%C3%A4/cancel?q=%26+x&status="
    got = client.put(path, content="töst", headers=[("X-Twice", "1"), ("X-Twice", "2"), ("X-Request-Id", "7")]).json()
    assert (got["method"], got["path"], got["body"]) == ("PUT", path, "töst")
    assert [value for name, value in got["headers"] if name == "x-twice"] == ["1", "2"]
    assert dict(got["headers"])["x-request-id"] == "7"


def test_nothing_is_added_to_a_request(client: httpx.Client) -> None:
    bare = b"GET /jobs HTTP/1.1\r\nHost: me\r\nConnection: x-own, close\r\nX-Own: 1\r\nTE: trailers\r\n\r\n"
    with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
        connection.sendall(bare)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["headers"] == [["host", "me"]]


def test_an_answer_arrives_without_what_was_for_the_gateway(client: httpx.Client) -> None:
    answer = client.get("/jobs")
    assert answer.status_code == 207
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "x-mine" not in answer.headers
    assert client.head("/jobs").headers["content-length"] != "0"


def test_a_body_in_chunks_arrives_whole(client: httpx.Client) -> None:
    got = client.post("/jobs", content=iter([b"ab", b"cd"])).json()
    assert got["body"] == "abcd"
    assert dict(got["headers"])["content-length"] == "4"


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_that_is_too_large_is_refused_and_its_sender_reads_that(client: httpx.Client, chunked: bool) -> None:
    content = (b"x" * 1_000_000 for _ in range(20)) if chunked else b"x" * 20_000_000
    answer = client.post("/jobs", content=content)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/jobs", "GET, HEAD, OPTIONS, POST"), ("GET", "/tick", "OPTIONS, POST"), ("POST", "/jobs/x", None)],
)
def test_a_method_that_nobody_answers_is_refused(client: httpx.Client, method: str, path: str, allowed: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.json()["title"] == "Method not allowed"
    assert answer.headers["allow"] == allowed or allowed is None


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/files/none.pdf", 404, None), ("POST", "/files/none.pdf", 405, "GET, HEAD"),
        ("POST", "/outbox", 405, "GET, HEAD"),
        ("GET", "/nothing", 404, None), ("GET", "/_headers", 404, None), ("PUT", "/", 405, "GET, HEAD"),
    ],
)  # fmt: skip
def test_its_own_refusals_are_problem_documents_too(
    built: httpx.Client, method: str, path: str, status: int, allowed: str | None
) -> None:
    answer = built.request(method, path, headers={"X-Request-Id": "7"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    told = answer.json()
    assert (told["status"], told["request_id"], path in told["detail"]) == (status, "7", True)
    assert allowed is None or sorted(answer.headers["allow"].split(", ")) == allowed.split(", ")


def test_a_function_that_is_away_makes_a_502_that_names_it(tmp_path: Path) -> None:
    ports = dict(zip(FUNCTIONS, free_ports(len(FUNCTIONS)), strict=True))
    with gateway(ports, tmp_path) as client:
        answer = client.post("/jobs", json={}, headers={"X-Request-Id": "7"})
    assert (answer.status_code, answer.headers["content-type"]) == (502, "application/problem+json")
    assert "create_job" in answer.json()["detail"]
    assert answer.json()["request_id"] == "7"


@pytest.mark.parametrize("path", ["/jobs", "/echo"])
def test_a_caller_who_hangs_up_within_a_body_is_told_nothing_and_makes_no_traceback(tmp_path: Path, path: str) -> None:
    app = make_app(dict.fromkeys(FUNCTIONS, 1), SETTINGS, dashboard=tmp_path / "dist", files=tmp_path / "files")
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"content-length", b"100")],
    }  # fmt: skip
    heard = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    said: list[Any] = []

    async def receive() -> Any:
        return next(heard)

    async def send(message: Any) -> None:
        said.append(message)

    asyncio.run(app(scope, receive, send))
    assert (said, list(heard)) == ([], [])


def test_the_ticker_uses_no_connection_that_the_gateway_is_about_to_close(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = 0.0
    monkeypatch.setattr("httpcore._async.http11.time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed))
    callers = set()

    class Noting(Function):
        def do_POST(self) -> None:
            callers.add(self.client_address)
            self.do_any()

    async def two_beats(url: str) -> None:
        nonlocal passed
        async with ticker.make_client(url, SETTINGS.model_copy(update={"tick_secret": SecretStr("x" * 32)})) as client:
            for _ in range(2):
                await client.post("/tick")
                passed += ticker.BEAT_SECONDS - 0.5

    with ThreadingHTTPServer(("127.0.0.1", 0), Noting) as server:
        Thread(target=server.serve_forever).start()
        asyncio.run(two_beats(f"http://127.0.0.1:{server.server_address[1]}"))
        server.shutdown()
    assert len(callers) == 2


def test_a_dashboard_that_was_not_built_says_what_to_do(client: httpx.Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 503
    assert "make setup" in answer.text


def test_echo_is_as_slow_and_unkind_as_it_is_told(client: httpx.Client) -> None:
    answer = client.post("/echo?status=503&delay=0.01", content="hi")
    assert (answer.status_code, answer.json()["body"]) == (503, "hi")
    assert [
        client.get(f"/echo?{wrong}").status_code for wrong in ("status=x", "status=99", "delay=-1", "delay=nan")
    ] == [422] * 4


def test_the_outbox_says_why_it_has_no_mails(client: httpx.Client) -> None:
    answer = client.get("/outbox")
    assert answer.status_code == 502
    assert "AWS_ENDPOINT_URL" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/outbox", "/files/pdf/1.pdf"])
def test_mails_and_files_are_not_for_pages_whose_name_was_rebound(client: httpx.Client, path: str) -> None:
    assert client.get(path, headers={"Host": f"evil.example:{client.base_url.port}"}).status_code == 400
    assert client.get(path, headers={"Host": f"localhost:{client.base_url.port}"}).status_code != 400


def test_the_local_aws_shows_no_page_of_another_site_what_it_holds() -> None:
    (port,) = free_ports(1)
    with subprocess.Popen([sys.executable, "-m", "infra.local.aws", str(port)]) as aws:
        try:
            url, headers = f"http://127.0.0.1:{port}/moto-api/data.json", {"Origin": "https://evil.example"}
            answer = wait_for(lambda: httpx.get(url, headers=headers, trust_env=False), httpx.TransportError)
            assert "access-control-allow-origin" not in answer.headers
        finally:
            aws.kill()
