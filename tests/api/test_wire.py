"""What reaches a function as no HTTP client would send it, over a bare socket to functions-framework's own server."""

import os
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from infra.local.valkey import free_ports
from tests.processes import running, wait_for_port
from tickwork.api.endpoint import MAX_BODY_BYTES

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 10
API_KEY = "an-admins-key-of-the-tests-0001"
HEAD = "{} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
HEAD += f"Authorization: Bearer {API_KEY}\r\n"
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
ENOUGH = 20 * MAX_BODY_BYTES // 0x10000  # chunks: twenty times what a body may have
TARGETS = [
    ("create_job", "POST /jobs"),
    ("create_job", "GET /jobs"),
    ("create_job", "POST /nothing/here"),
    ("create_job", "POST /%0A"),
    ("create_job", "OPTIONS /jobs"),
    ("list_jobs", "GET /jobs"),
]


class Heard(NamedTuple):
    status: int
    content_type: str
    sent: int


@pytest.fixture(scope="module")
def ports(dsn: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Where create_job and list_jobs listen, each in a process of its own."""
    env = os.environ | {"DATABASE_URL": dsn, "REDIS_URL": redis_url, "API_KEY": API_KEY, "PYTHONPATH": str(ROOT)}
    ports = dict(zip(("create_job", "list_jobs"), free_ports(2), strict=True))
    with ExitStack() as stack:
        for function, port in ports.items():
            log = tmp_path_factory.mktemp("wire") / "log"
            source = ROOT / "functions" / function / "main.py"
            command = [sys.executable, "-m", "functions_framework", "--source", source, "--target", function]
            process = stack.enter_context(running([*command, "--port", str(port)], log, env=env, cwd=ROOT))
            wait_for_port(port, process, log)
        yield ports


def _talk(port: int, head: str, chunks: Iterable[bytes] = ()) -> Heard:
    """Send until the server has answered or will hear no more."""
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(head.encode())
        with suppress(ConnectionError):
            for chunk in chunks:
                connection.sendall(chunk)
                sent += len(chunk)
        with connection.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            headers = dict(line.decode().rstrip().lower().split(": ", 1) for line in iter(answer.readline, b"\r\n"))
    return Heard(status, headers.get("content-type", ""), sent)


@pytest.mark.parametrize(("function", "target"), TARGETS)
def test_a_body_that_does_not_end_is_refused_soon(ports: dict[str, int], function: str, target: str):
    head = HEAD.format(target) + "Transfer-Encoding: chunked\r\n\r\n"
    heard = _talk(ports[function], head, repeat(CHUNK, ENOUGH))
    assert heard[:2] == (413, "application/problem+json")
    assert heard.sent < ENOUGH * len(CHUNK)


@pytest.mark.parametrize(("function", "target"), TARGETS)
def test_a_body_that_says_it_is_too_long_is_not_awaited(ports: dict[str, int], function: str, target: str):
    head = HEAD.format(target) + f"Content-Length: {10 * MAX_BODY_BYTES}\r\n\r\n"
    assert _talk(ports[function], head, [b"x" * 1000])[:2] == (413, "application/problem+json")


@pytest.mark.parametrize("chunks", [b"zz\r\n{}\r\n0\r\n\r\n", b"-1\r\n\r\n", b"5\r\n{}\r\n0\r\n\r\n"])
@pytest.mark.parametrize(("function", "target"), TARGETS)
def test_broken_chunks_are_refused(ports: dict[str, int], function: str, target: str, chunks: bytes):
    head = HEAD.format(target) + "Transfer-Encoding: chunked\r\n\r\n"
    assert _talk(ports[function], head, [chunks])[:2] == (400, "application/problem+json")


@pytest.mark.parametrize(
    "header",
    [
        f"X-Long: {'x' * 70_000}",
        "Content-Length: -5",
        "Content-Length: abc",
        "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "X-Request-Id: \x01",
        "No colon",
    ],
)
def test_headers_that_are_none_are_refused(ports: dict[str, int], header: str):
    """By the server itself, before there is a request that a function could see."""
    heard = _talk(ports["create_job"], HEAD.format("POST /jobs") + header + "\r\n\r\n", [b"{}"])
    assert 400 <= heard.status < 500


def test_a_job_that_is_cut_off_is_never_half_stored(ports: dict[str, int], sql: psycopg.Connection):
    where = ("127.0.0.1", ports["create_job"])
    with socket.create_connection(where, timeout=PATIENCE_SECONDS) as connection:
        connection.sendall((HEAD.format("POST /jobs") + "Content-Length: 1000\r\n\r\n").encode() + b'{"type": "em')
        connection.shutdown(socket.SHUT_WR)
        assert b" 400 " in connection.recv(100)
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (0,)


def test_they_still_work(ports: dict[str, int]):
    heard = _talk(ports["list_jobs"], HEAD.format("GET /jobs") + "\r\n")
    assert (heard.status, heard.content_type) == (200, "application/json")
