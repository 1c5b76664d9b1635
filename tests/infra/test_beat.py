"""The clocks: infra/beat.py for those who have none of five seconds, and the one of Google Cloud."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import functions_framework
import psycopg
import pytest
from werkzeug.test import Client

from infra import beat
from infra.gcp.beat import main as cloud
from infra.local.valkey import free_ports
from infra.render import ROOT
from tests.processes import running, wait_for_port
from tests.unit.handlers.servers import serving

QUEUE = "projects/p/locations/l/queues/q"
METADATA = "/instance/service-accounts/default/token"


class Listener:
    """A server that writes down what it is sent. `answers`: status by path."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: dict[str, int] = {}
        self.location = ""
        self.hold = threading.Event()
        self.hold.set()
        self.url = ""

    @contextmanager
    def serve(self) -> Iterator["Listener"]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.reply(b'{"access_token": "ya29"}')

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append((self.path, dict(self.headers), body))
                listener.hold.wait(60)
                self.reply(b"{}")

            def reply(self, body: bytes) -> None:
                self.send_response(listener.answers.get(self.path, 200))
                if listener.location:
                    self.send_header("Location", listener.location)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            self.hold.set()
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener().serve() as listener:
        yield listener


@pytest.mark.parametrize(("now", "wait"), [(100.0, 5.0), (101.5, 3.5), (104.999, 0.001)])
def test_beats_fall_on_full_multiples(now: float, wait: float) -> None:
    waited: list[float] = []
    beat.beats(5, lambda: now, waited.append)
    assert waited == [pytest.approx(wait)]


class Clock:
    """Time as the clock under test sees it: it passes only between beats."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.monotonic = time.monotonic

    def time(self) -> float:
        return self.now

    def beats(self, every: float) -> None:
        self.now += every


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(beat, "time", clock)
    monkeypatch.setattr(beat, "beats", clock.beats)
    return clock


def test_it_posts_with_the_secret_until_its_time_is_over(listener: Listener, clock: Clock) -> None:
    beat.run(f"{listener.url}/tick", "s3cret", 5, clock.now + 20)
    assert len(listener.heard) == 4
    assert {(path, headers["Authorization"]) for path, headers, _ in listener.heard} == {("/tick", "Bearer s3cret")}


def test_a_tick_that_takes_long_delays_no_other_and_four_are_enough(listener: Listener, clock: Clock) -> None:
    listener.hold.clear()
    beating = threading.Thread(target=beat.run, args=(f"{listener.url}/tick", "", 5, clock.now + 50))
    beating.start()
    deadline = time.monotonic() + 20
    while len(listener.heard) < beat.MAX_AT_ONCE or clock.now < 1050:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert len(listener.heard) == beat.MAX_AT_ONCE, "ten beats, but four ticks at once"
    assert beating.is_alive(), "it waits for the ticks that run"
    listener.hold.set()
    beating.join(20)
    assert not beating.is_alive()
    assert len(listener.heard) == beat.MAX_AT_ONCE


def test_it_says_what_was_wrong(listener: Listener) -> None:
    listener.answers["/tick"] = 401
    assert "401" in beat.post(f"{listener.url}/tick", "wrong")
    assert "refused" in beat.post("http://127.0.0.1:9/tick", "")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_secret_goes_nowhere_else(listener: Listener, status: int) -> None:
    with Listener().serve() as other:
        listener.answers["/tick"] = status
        listener.location = f"{other.url}/tick"
        assert beat.post(f"{listener.url}/tick", "s3cret") == f"answered {status}"
    assert len(listener.heard) == 1
    assert other.heard == []


def test_no_proxy_of_the_environment_hears_of_it(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener().serve() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert beat.post(f"{listener.url}/tick", "s3cret") == ""
    assert proxy.heard == []
    assert len(listener.heard) == 1


DRIPS = {
    "a status line": b"",
    "headers without end": b"HTTP/1.1 200 OK\r\n",
}


@pytest.mark.parametrize("begun", DRIPS.values(), ids=DRIPS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_drips_is_left_at_the_deadline(begun: bytes, scheme: str) -> None:
    """Each byte comes in time for a timeout of the socket alone; over TLS not even the handshake comes to an end."""
    left = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(begun if scheme == "http" else b"\x16\x03\x03\x40\x00")
        while not left.wait(0.05):
            connection.sendall(b"x")

    with serving(drip) as server:
        port = server.url.rpartition(":")[2]
        start = time.monotonic()
        assert beat.post(f"{scheme}://127.0.0.1:{port}/tick", "", 0.5) == "no answer within 0.5 s"
        assert 0.4 < time.monotonic() - start < 30
        left.set()


def test_an_endless_answer_is_not_read(listener: Listener) -> None:
    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(OSError):
            while True:
                connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")

    with serving(pour) as server:
        assert beat.post(f"{server.url}/tick", "") == ""


def test_what_is_no_address_is_named() -> None:
    for url in ("", "ftp://127.0.0.1/tick", "127.0.0.1/tick", "http:///tick"):
        assert beat.post(url, "s3cret") == "the address must begin with http:// or https://"


@pytest.fixture
def function(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The beat of Google Cloud, with Cloud Tasks and the metadata server played by `listener`."""
    settings = {
        "QUEUE": QUEUE,
        "TICK_URL": "https://tick.run.app",
        "TICK_ACCOUNT": "clock@p",
        "TASKS_API": listener.url,
    }
    for name, value in (settings | {"METADATA": listener.url}).items():
        monkeypatch.setenv(name, value)
    source = Path(cloud.__file__)
    return Client(functions_framework.create_app("beat", str(source)))


def tasks(listener: Listener) -> list[dict[str, Any]]:
    return [json.loads(body)["task"] for _, _, body in listener.heard]


def test_the_cloud_beat_makes_twelve_tasks_five_seconds_apart(function: Client, listener: Listener) -> None:
    at = "2026-11-24T12:00:00Z"
    assert function.post("/", headers={"X-CloudScheduler-ScheduleTime": at}).status_code == 201
    start = datetime(2026, 11, 24, 12, tzinfo=UTC)
    times = [datetime.fromisoformat(task["scheduleTime"]) for task in tasks(listener)]
    assert times == [start + timedelta(seconds=5 * n) for n in range(12)]
    path, headers, _ = listener.heard[0]
    assert (path, headers["Authorization"]) == (f"/{QUEUE}/tasks", "Bearer ya29")
    request = tasks(listener)[0]["httpRequest"]
    assert (request["url"], request["httpMethod"]) == ("https://tick.run.app/tick", "POST")
    assert request["oidcToken"] == {"serviceAccountEmail": "clock@p", "audience": "https://tick.run.app"}


def test_the_same_minute_twice_makes_the_same_names(function: Client, listener: Listener) -> None:
    for _ in range(2):
        function.post("/", headers={"X-CloudScheduler-ScheduleTime": "2026-11-24T12:00:00.5Z"})
    names = [task["name"] for task in tasks(listener)]
    assert names[:12] == names[12:]
    assert len(set(names)) == 12
    assert all(name.startswith(f"{QUEUE}/tasks/") for name in names)


def test_a_task_that_is_there_already_is_no_fault(function: Client, listener: Listener) -> None:
    listener.answers[f"/{QUEUE}/tasks"] = 409
    assert function.post("/").status_code == 201


def test_a_queue_that_fails_is_tried_again_by_the_scheduler(function: Client, listener: Listener) -> None:
    listener.answers[f"/{QUEUE}/tasks"] = 503
    assert function.post("/").status_code == 500


def test_it_takes_only_posts(function: Client, listener: Listener) -> None:
    assert function.get("/").status_code == 405
    assert listener.heard == []


SECRET = "a-secret-of-the-clock-with-enough-characters"


@pytest.fixture
def tick(database: str, valkey: str, tmp_path: Path) -> Iterator[str]:
    """The tick function as the image starts it, which lets in who knows SECRET."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "functions_framework", "--source", "functions/tick/main.py", "--target", "tick"]
    env = os.environ | {"DATABASE_URL": database, "REDIS_URL": valkey, "TICK_SECRET": SECRET, "PYTHONPATH": str(ROOT)}
    env |= {"STORAGE_URL": f"file:{tmp_path}", "HOST": "127.0.0.1", "PORT": str(port)}
    log = tmp_path / "tick.log"
    with running(command, log, cwd=ROOT, env=env) as process:
        wait_for_port(port, process, log)
        yield f"http://127.0.0.1:{port}/tick"


@pytest.mark.parametrize(("secret", "status"), [(SECRET, "completed"), ("another", "pending")])
def test_its_ticks_run_jobs_when_it_knows_the_secret(
    secret: str, status: str, tick: str, database: str, valkey: str, sql: psycopg.Connection[Any]
) -> None:
    job = {"type": "pdf", "payload": {"invoice_id": "1", "customer": "Ada", "total": 1}}
    stores = {"DATABASE_URL": database, "REDIS_URL": valkey}
    create = [
        sys.executable,
        "-m",
        "tickwork.cli",
        "jobs",
        "create",
        job["type"],
        "--payload",
        json.dumps(job["payload"]),
    ]
    subprocess.run(create, cwd=ROOT, env=os.environ | stores, check=True, capture_output=True)
    env = os.environ | {"TICK_URL": tick, "TICK_SECRET": secret, "BEAT_SECONDS": "0.5"}
    clock = [sys.executable, "-m", "infra.beat", "--for", "1"]
    done = subprocess.run(clock, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    assert sql.execute("select status from tickwork.jobs").fetchall() == [(status,)]
    assert ("401" in done.stderr) == (secret != SECRET)


def test_without_an_address_it_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.delenv("TICK_URL", raising=False)
    monkeypatch.setattr(sys, "argv", ["infra.beat"])
    with pytest.raises(SystemExit, match="2"):
        beat.main()
    told = capsys.readouterr().err
    assert [name for name in ("TICK_URL", "TICK_SECRET", "BEAT_SECONDS") if name not in told] == []
