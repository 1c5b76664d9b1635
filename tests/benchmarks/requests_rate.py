"""Requests a second of a function under functions-framework, from a client that costs next to nothing: raw sockets."""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from infra.local.valkey import free_ports
from tests.benchmarks.environments import HERE, ROOT
from tests.benchmarks.stand import Stand
from tests.processes import running, wait_for_port

FUNCTIONS = Path(__file__).parent / "functions"
CONNECTIONS = 4
API_KEY = "an-admins-key-of-the-benchmark"
PEER = HERE / "tickwork"


@contextmanager
def serving(stand: Stand, file: str, target: str, workers: int) -> Iterator[int]:
    """The function's port, while the block lasts; served as `make up` does, with `workers` processes."""
    [port] = free_ports(1)
    log = stand.folder / f"{target}.log"
    where = ["--host", "127.0.0.1", "--port", str(port)]
    command = [
        sys.executable,
        "-m",
        "functions_framework",
        "--source",
        str(FUNCTIONS / file),
        "--target",
        target,
        *where,
    ]
    path = os.pathsep.join(map(str, [PEER, HERE, ROOT]))
    env = os.environ | stand.env() | {"API_KEY": API_KEY, "PYTHONPATH": path, "WORKERS": str(workers), "DEBUG": "false"}
    with running(command, log, env=env, cwd=ROOT) as process:
        wait_for_port(port, process, log)
        yield port


def rate(port: int, count: int, jobs: int = 1) -> float:
    """Jobs a second over CONNECTIONS kept-alive connections, each request of `count` with `jobs` of them."""
    payload = {"n": 1, "to": "user@example.com", "subject": "hello"}
    job = {"type": "bench", "payload": payload}
    request = _request(json.dumps(job if jobs == 1 else [job] * jobs).encode())
    shares = [count // CONNECTIONS] * CONNECTIONS
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(lambda _: _send(port, request, 1), shares))
        start = time.perf_counter()
        sent = sum(pool.map(lambda share: _send(port, request, share), shares))
        return sent * jobs / (time.perf_counter() - start)


def _request(body: bytes) -> bytes:
    head = [
        "POST /jobs HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Authorization: Bearer {API_KEY}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def _send(port: int, request: bytes, count: int) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        for _ in range(count):
            connection.sendall(request)
            _read_answer(connection)
    return count


def _read_answer(connection: socket.socket) -> None:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _some(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 201 " in head[:20], head
    [length] = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    missing = length - len(body)
    while missing > 0:
        missing -= len(_some(connection))


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(262_144)
    assert data, "the server closed the connection"
    return data
