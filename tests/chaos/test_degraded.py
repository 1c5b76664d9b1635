"""With a store away, slow or behind a pooler: what goes on, what is refused, and how soon."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from shared.database import Database
from shared.due_index import DueIndex, IndexDown, client, script
from shared.errors import Unavailable
from shared.job_store import JobStore
from tests.chaos.checker import judge
from tests.chaos.conftest import frozen
from tests.chaos.worker import life, start, tick_to_rest
from tests.integration.conftest import Api
from tests.pooler import PGBOUNCER, pooler
from tests.servers import ROOT, stop


class Cutter:
    """A TCP proxy that forwards every request, and cuts the line instead of forwarding the answer to an EVALSHA."""

    def __init__(self, port: int):
        self.takes = 0
        self._closing = False
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            caller, _ = self._listener.accept()
            if self._closing:
                return caller.close()
            with caller, socket.create_connection(("127.0.0.1", self._target)) as server:
                self._pass_on(caller, server)

    def _pass_on(self, caller: socket.socket, server: socket.socket) -> None:
        while request := caller.recv(65536):
            server.sendall(request)
            answer = server.recv(65536)
            if b"EVALSHA" in request:
                self.takes += 1
                return
            caller.sendall(answer)

    def close(self) -> None:
        self._closing = True
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join(5)
        self._listener.close()


@pytest.mark.parametrize("repeats", [0, 1])
def test_a_take_is_never_repeated(repeats, valkey):
    """The answer is lost after the script ran. A client that repeats it (the seeded bug) is seen to."""
    with redis.Redis.from_url(valkey) as raw:
        raw.script_load(script("take"))
    url, _, database = valkey.rpartition("/")
    proxy = Cutter(int(url.rpartition(":")[2]))
    try:
        through = client(f"redis://127.0.0.1:{proxy.port}/{database}")
        if repeats:
            through.connection_pool.connection_kwargs["retry"] = Retry(NoBackoff(), repeats)
        with through, pytest.raises(IndexDown):
            DueIndex(through).take(10, 1, 60)
        assert proxy.takes == 1 + repeats
    finally:
        proxy.close()


def test_postgres_away_is_said_within_two_seconds(tmp_path):
    store = JobStore(Database(f"postgresql:///none?host={tmp_path}"))
    began = time.monotonic()
    with pytest.raises(Unavailable):
        store.now()
    assert time.monotonic() - began < 2.5
    store._database.close()


TICK_SECONDS = 0.2


def refused(call: Api, method: str, path: str, within: float, **body: object) -> None:
    """The call is answered with 503, Retry-After and a problem, soon."""
    began = time.monotonic()
    answer = call(method, path, **body)
    took = time.monotonic() - began
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True), answer.text
    assert took < within, f"{method} {path} took {took:.1f} s"


def test_a_frozen_postgres_holds_nobody(owned, own):
    """Stopped, not ended: it neither answers nor refuses. A statement under way is given up after STATEMENT_SECONDS."""
    owned.create()
    with redis.Redis.from_url(own.valkey.url) as raw:
        waiting = raw.zcard("tickwork:{0}:scheduled")
        with frozen(own.postgres):
            refused(owned, "POST", "/jobs", 3.5, json={"type": "ok"})  # on a connection that was used just now
            refused(owned, "POST", "/jobs", 2.5, json={"type": "ok"})
            refused(owned, "GET", "/jobs", 2.5)
            refused(owned, "POST", "/tick", 2.5)
            began = time.monotonic()
            health = owned("GET", "/health")
            assert (health.status_code, health.json["postgres"]) == (503, "down")
            assert time.monotonic() - began < 2.5
            assert raw.zcard("tickwork:{0}:scheduled") + raw.zcard("tickwork:{0}:ready") == waiting
    report = owned.tick()
    assert report["completed"] == 1, "what was refused is not there"


def test_first_start_after_an_outage_of_postgres(owned, own):
    """Refused at once while it is away; what waited starts within a tick and two seconds of its return."""
    job = owned.create()
    stop(own.postgres)
    refused(owned, "POST", "/jobs", 2.5, json={"type": "ok"})
    refused(owned, "POST", "/tick", 2.5)
    back = threading.Event()
    began: list[float] = []

    def ticker() -> None:
        while not began:
            answer = owned("POST", "/tick")
            if answer.status_code == 200 and answer.json["completed"]:
                began.append(time.monotonic())
            back.wait(TICK_SECONDS)

    thread = threading.Thread(target=ticker, daemon=True)
    thread.start()
    own.start_postgres()
    returned = time.monotonic()
    thread.join(20)
    assert began[0] - returned < TICK_SECONDS + 2
    assert owned.job(job["id"])["status"] == "completed"
    assert len(owned("GET", "/jobs").json["items"]) == 1


@pytest.mark.skipif(not PGBOUNCER.exists(), reason="there is no pgbouncer (Debian: apt-get install pgbouncer)")
def test_the_integration_suite_through_a_pooler():
    """Unchanged, with a PgBouncer in transaction mode and a pool of two between."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TICKWORK_TEST"))}
    command = [sys.executable, "-m", "pytest", "tests/integration", "-q", "-x", "-p", "no:cacheprovider"]
    run = subprocess.run(command, cwd=ROOT, env=env | {"TEST_POOLER": "1"}, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout[-3000:]


@pytest.mark.skipif(not PGBOUNCER.exists(), reason="there is no pgbouncer (Debian: apt-get install pgbouncer)")
def test_through_a_transaction_pooler(stands, tmp_path):
    """A whole life, with a death in it, over two server connections that are anybody's after each statement."""
    (stand,) = stands(1)
    with pooler(stand.dsn, tmp_path) as pooled:
        env = stand.env | {"DATABASE_URL": pooled}
        start(life, env, stand.path, "", ("settle.before", "kill")).join()
        start(tick_to_rest, 20.0, env, stand.path).join()
    verdict = judge(Path(stand.path), stand.dsn)
    assert not verdict.breaches, Path(stand.path + ".log").read_text()[-3000:]
    assert verdict.jobs >= 3
    assert verdict.faults["kill"] == 1
    with psycopg.connect(stand.dsn, autocommit=True) as direct:
        assert direct.execute("select count(*) from tickwork.job_attempts").fetchone()[0] >= 3
