"""With a store away, slow or behind a pooler: what goes on, what is refused, and how soon."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg.conninfo import conninfo_to_dict
from redis.backoff import NoBackoff
from redis.retry import Retry

from infra.local.postgres import SYSTEM_USER
from infra.local.valkey import free_ports
from shared.database import Database
from shared.due_index import DueIndex, IndexDown, client, script
from shared.errors import Unavailable
from shared.job_store import JobStore
from tests.chaos.checker import judge
from tests.chaos.worker import life, start, tick_to_rest
from tests.processes import running, wait_for_port

PGBOUNCER = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"


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


@contextmanager
def pooler(dsn: str, folder: Path) -> Iterator[str]:
    """A PgBouncer in transaction mode with two server connections before the server of `dsn`."""
    (port,) = free_ports(1)
    parts = conninfo_to_dict(dsn)
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host={parts['host']} user=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        "pool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 100\n"
    )
    settings.chmod(0o644)
    for place in (folder, *folder.parents):
        if place.stat().st_uid == os.geteuid():
            place.chmod(place.stat().st_mode | 0o011)
    as_user = ["-u", SYSTEM_USER] if os.geteuid() == 0 else []
    with running([PGBOUNCER, *as_user, settings], folder / "pgbouncer.log") as process:
        wait_for_port(port, process, folder / "pgbouncer.log")
        yield f"postgresql://postgres@127.0.0.1:{port}/{parts['dbname']}"


@pytest.mark.skipif(not Path(PGBOUNCER).exists(), reason="there is no pgbouncer (Debian: apt-get install pgbouncer)")
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
