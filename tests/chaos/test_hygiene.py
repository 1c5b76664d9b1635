"""How clients and processes behave at their edges: bounded waits, no repeated takes, SIGTERM, checked connections."""

import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from infra.local.valkey import free_ports
from tests.integration.factory import insert_job
from tests.processes import running, wait_for_port
from tests.servers import ROOT
from tickwork.core.errors import IndexDown, Unavailable
from tickwork.core.shutdown import PATIENCE_SECONDS
from tickwork.stores.postgres.database import CONNECT_SECONDS, Bounded, Database
from tickwork.stores.postgres.job_store import JobStore
from tickwork.stores.redis.connection import SOCKET_SECONDS, client
from tickwork.stores.redis.due_index import DueIndex

LIBRARY = ROOT / "shared" / "tickwork"
TOKEN = "t" * 32
LATE_SECONDS = 5.0  # by which a machine that has other work may be late
TICK = """
import time
from pydantic import BaseModel
from tickwork.core.handler import Handler, handlers
from functions.tick.main import tick

class Seconds(BaseModel):
    seconds: float = 0.3

handlers()["ok"] = Handler("ok", lambda payload, job: time.sleep(payload.seconds), Seconds)
"""


@contextmanager
def tick_function(database: str, valkey: str, folder: Path, **settings: str) -> Iterator[tuple[int, object]]:
    """Port and process of a tick as it is deployed, with a job type `ok` that takes its payload's seconds."""
    (folder / "main.py").write_text(TICK)
    (port,) = free_ports(1)
    env = os.environ | {
        "DATABASE_URL": database,
        "REDIS_URL": valkey,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}",
        "TICK_SECRET": TOKEN,
    }
    command = [sys.executable, "-m", "functions_framework", "--source", folder / "main.py"]
    command += ["--target", "tick", "--host", "127.0.0.1", "--port", str(port)]
    with running(command, folder / "log", env=env | settings) as process:
        wait_for_port(port, process, folder / "log")
        yield port, process


def ticking(port: int) -> tuple[threading.Thread, list[httpx.Response]]:
    """POST /tick in the background, and where its answer will be."""
    answers: list[httpx.Response] = []

    def post() -> None:
        header = {"Authorization": f"Bearer {TOKEN}"}
        answers.append(httpx.post(f"http://127.0.0.1:{port}/tick", headers=header, timeout=60))

    thread = threading.Thread(target=post, daemon=True)
    thread.start()
    return thread, answers


def until(sql: psycopg.Connection, condition: str, seconds: float = 20) -> None:
    """Wait until some job fits `condition`."""
    deadline = time.monotonic() + seconds
    while not sql.execute(f"select exists (select from tickwork.jobs where {condition})").fetchone()[0]:
        assert time.monotonic() < deadline, f"no job is {condition}"
        time.sleep(0.01)


def statuses(sql: psycopg.Connection) -> dict[str, int]:
    return dict(sql.execute("select status, count(*) from tickwork.jobs group by status").fetchall())


def test_a_tick_that_is_told_to_end_finishes_what_runs_and_releases_the_rest(database, valkey, sql, tmp_path):
    for _ in range(60):
        insert_job(sql, payload={"seconds": 0.5}, max_retries=0)
    settings = {"TICK_CONCURRENCY": "4", "TICK_BUDGET_SECONDS": "60", "LEASE_SECONDS": "600"}
    with tick_function(database, valkey, tmp_path, **settings) as (port, process):
        thread, answers = ticking(port)
        until(sql, "status = 'completed'")
        os.kill(process.pid, signal.SIGTERM)
        process.wait(10)
        thread.join(10)
    assert answers[0].json()["released"] > 0
    left = statuses(sql)
    assert set(left) == {"completed", "pending"}, left
    assert sql.execute("select max(retries) from tickwork.jobs").fetchone() == (0,)


def test_a_handler_that_would_outlast_sigkill_is_given_up_before_it(database, valkey, sql, tmp_path):
    insert_job(sql, payload={"seconds": 30}, max_retries=1)
    with tick_function(database, valkey, tmp_path, LEASE_SECONDS="600") as (port, process):
        thread, answers = ticking(port)
        until(sql, "status = 'in_progress'")
        os.kill(process.pid, signal.SIGTERM)
        thread.join(25)  # seconds: not as long as the handler takes
        assert answers[0].json()["retried"] == 1
    assert PATIENCE_SECONDS < 10, "answered before the platform's SIGKILL"
    row = sql.execute("select status, retries, failed_reason from tickwork.jobs").fetchone()
    assert row == ("pending", 1, "its function was told to end")


def test_every_wait_for_redis_is_bounded_and_nothing_is_repeated(valkey):
    options = client(valkey).connection_pool.connection_kwargs
    assert 0 < options["socket_timeout"] <= 2
    assert 0 < options["socket_connect_timeout"] <= 2
    assert options["retry"].get_retries() == 0


def test_a_pool_hands_out_no_dead_connection(database, sql):
    """Every connection is cut while it lies in the pool; the next statement does not notice."""
    store = JobStore(Database(database))
    store.now()
    for connection in list(store._database._pool._pool):
        connection.last_used = 0.0  # as after a second of rest
    sql.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'tickwork' and datname = current_database()"
    )
    try:
        assert store.now()
    finally:
        store._database.close()


def test_who_waits_for_a_server_that_comes_back_is_served(database, monkeypatch):
    """Refused five times, as by a server that starts: no attempt of before is the last while somebody waits."""
    connect, refusals = Bounded.connect, iter(range(5))

    def starting(cls, *args, **kwargs):
        if next(refusals, None) is not None:
            raise psycopg.OperationalError("the database system is starting up")
        return connect(*args, **kwargs)

    monkeypatch.setattr(Bounded, "connect", classmethod(starting))
    store = JobStore(Database(database))
    try:
        assert store.now()
        assert next(refusals, None) is None
    finally:
        store._database.close()


def test_a_pool_that_is_used_up_refuses_in_time(database):
    """All connections are held; one more is refused within two seconds, and had at once when one is back."""
    store = JobStore(Database(database, max_size=2))
    try:
        with store._database.connection(), store._database.connection():
            began = time.monotonic()
            with pytest.raises(Unavailable):
                store.now()
            assert time.monotonic() - began < CONNECT_SECONDS + LATE_SECONDS
        assert store.now()
    finally:
        store._database.close()


def test_a_statement_that_does_not_end_is_cancelled_where_it_runs(database, sql):
    store = JobStore(Database(database, seconds=0.5))
    try:
        with pytest.raises(Unavailable), store._database.connection() as connection:
            connection.execute("select 'a long one', pg_sleep(20)")
        deadline = time.monotonic() + 5
        running_still = "select count(*) from pg_stat_activity where query like '%a long one%' and state = 'active'"
        while sql.execute(running_still + " and pid <> pg_backend_pid()").fetchone()[0]:
            assert time.monotonic() < deadline
        assert store.now()
    finally:
        store._database.close()


def test_no_client_waits_for_ever():
    """Each place that opens a connection says how long it may take; psycopg and redis are opened in one place each."""
    text = {path: path.read_text() for path in LIBRARY.rglob("*.py")}
    opened = {path.name for path, code in text.items() if re.search(r"Redis\.from_url|RedisCluster\.from_url", code)}
    assert opened == {"connection.py"}
    for path, code in text.items():
        for call in re.findall(
            r"(?:httpx\.(?:post|get|put|request)|psycopg\.connect|smtplib\.SMTP(?:_SSL)?)\((.*)\)", code
        ):
            assert "timeout" in call, f"{path.name}: {call}"


@pytest.mark.parametrize("victim", ["nobody", "other", "ours"])
def test_a_deadlock_is_tried_again(database, sql, victim):
    """Claims lock in the order of ids; a session that locks the other way round costs a claim a second try at most."""
    first, second = sorted(insert_job(sql) for _ in range(2))
    store = JobStore(Database(database))
    change = "update tickwork.jobs set priority = 1 where id = %s"
    try:
        with psycopg.connect(database) as other:
            other.execute(change, [second])
            cancel = threading.Thread(target=store.cancel, args=([first, second],))
            cancel.start()
            waiting = (
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'tickwork'"
                " and datname = current_database()"
            )
            while not sql.execute(waiting).fetchone()[0]:
                time.sleep(0.01)
            if victim == "other":
                other.execute("set deadlock_timeout = '50ms'")
                with pytest.raises(psycopg.errors.DeadlockDetected):
                    other.execute(change, [first])
            elif victim == "ours":
                other.execute("set deadlock_timeout = '30s'")
                other.execute(change, [first])
            other.rollback()
            cancel.join(10)
        assert statuses(sql) == {"cancelled": 2}
    finally:
        store._database.close()


def test_a_connection_to_a_demoted_primary_is_not_kept(database):
    store = JobStore(Database(database))
    try:
        with store._database.connection() as connection:
            connection.execute("set default_transaction_read_only = on")
        store.note_tick()
        assert store.ticked_at()
    finally:
        store._database.close()


def test_a_silent_redis_costs_one_wait():
    """Its first caller waits for the timeout; for the next two seconds nobody waits at all."""
    with socket.create_server(("127.0.0.1", 0)) as listener:  # takes connections and says nothing
        index = DueIndex(client(f"redis://127.0.0.1:{listener.getsockname()[1]}"))
        began = time.monotonic()
        for _ in range(2):
            with pytest.raises(IndexDown):
                index.take(1, 1, 60)
        assert time.monotonic() - began < SOCKET_SECONDS + LATE_SECONDS
        listener.setblocking(False)
        listener.accept()[0].close()
        with pytest.raises(BlockingIOError):  # nobody else has come
            listener.accept()
