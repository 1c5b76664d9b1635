"""With a store away, slow or behind a pooler: what goes on, what is refused, and how soon."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import redis
from redis.crc import key_slot

from tests.chaos.bugs import take_is_retried
from tests.chaos.checker import judge
from tests.chaos.conftest import frozen
from tests.chaos.measure import fill_quickly
from tests.chaos.worker import life, start, tick_to_rest
from tests.clusters import cluster
from tests.integration.conftest import Api
from tests.integration.factory import insert_job
from tests.pooler import PGBOUNCER, pooler
from tests.servers import ROOT, stop
from tickwork.core.errors import IndexDown, Unavailable
from tickwork.engine.maintenance import index_everything
from tickwork.stores.postgres.database import CONNECT_SECONDS, Database
from tickwork.stores.postgres.job_store import JobStore
from tickwork.stores.redis import transport
from tickwork.stores.redis.connection import client
from tickwork.stores.redis.due_index import DueIndex
from tickwork.stores.redis.shard import lua

OF_THIS_RUN = ("PYTEST_", "TICKWORK_TEST", "TEST_DATABASE_URL", "TEST_REDIS_URL")


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
def test_a_take_is_never_repeated(repeats, valkey, monkeypatch):
    """The answer is lost after the script ran. A client that repeats it (the seeded bug) is seen to."""
    with redis.Redis.from_url(valkey) as raw:
        raw.script_load(lua("take"))
    url, _, database = valkey.rpartition("/")
    proxy = Cutter(int(url.rpartition(":")[2]))
    try:
        through = client(f"redis://127.0.0.1:{proxy.port}/{database}")
        if repeats:
            monkeypatch.setattr(transport, "_exchanged", transport._exchanged)  # so that it is put back
            take_is_retried()
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
    assert time.monotonic() - began < CONNECT_SECONDS + LATE_SECONDS
    store._database.close()


TICK_SECONDS = 0.2
LATE_SECONDS = 5.0  # by which a machine that has other work may be late


def refused(call: Api, method: str, path: str, within: float, **body: object) -> None:
    """The call is answered with 503, Retry-After and a problem, `within` seconds as far as it is up to us."""
    began = time.monotonic()
    answer = call(method, path, **body)
    took = time.monotonic() - began
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True), answer.text
    assert took < within + LATE_SECONDS, f"{method} {path} took {took:.1f} s"


def tick_when_back(call: Api) -> Any:
    """The report of the first tick that is served, the second at the latest: one may still wait for an attempt to
    connect that was made in the outage, and fails with it."""
    answer = call("POST", "/tick")
    return call.tick() if answer.status_code == 503 else answer.json


def test_a_frozen_postgres_holds_nobody(owned, own):
    """Stopped, not ended: it neither answers nor refuses. A statement under way is given up after STATEMENT_SECONDS."""
    owned.create()
    with redis.Redis.from_url(own.valkey.url) as raw:
        waiting = raw.zcard("tickwork:{0}:scheduled") + raw.zcard("tickwork:{0}:ready")
        with frozen(own.postgres):
            refused(owned, "POST", "/jobs", 3, json={"type": "ok"})  # on a connection that was used just now
            refused(owned, "POST", "/jobs", 2, json={"type": "ok"})
            refused(owned, "GET", "/jobs", 2)
            refused(owned, "POST", "/tick", 2)
            began = time.monotonic()
            health = owned("GET", "/health")
            assert (health.status_code, health.json["postgres"]) == (503, "down")
            assert time.monotonic() - began < 2 + LATE_SECONDS
            assert raw.zcard("tickwork:{0}:scheduled") + raw.zcard("tickwork:{0}:ready") == waiting
    assert tick_when_back(owned)["completed"] == 1, "what was refused is not there"


def test_first_start_after_an_outage_of_postgres(owned, own):
    """Refused at once while it is away; what waited starts within a tick and two seconds of its return: with the second
    tick that begins then, at the latest."""
    job = owned.create()
    stop(own.postgres)
    refused(owned, "POST", "/jobs", 2, json={"type": "ok"})
    refused(owned, "POST", "/tick", 2)
    pause = threading.Event()
    ticks: list[float] = []  # when each began
    served = threading.Event()

    def ticker() -> None:
        while not served.is_set():
            ticks.append(time.monotonic())
            answer = owned("POST", "/tick")
            if answer.status_code == 200 and answer.json["completed"]:
                served.set()
            pause.wait(TICK_SECONDS)

    thread = threading.Thread(target=ticker, daemon=True)
    thread.start()
    own.start_postgres()
    returned = time.monotonic()
    assert served.wait(20)
    thread.join(20)
    assert sum(began > returned for began in ticks) <= 2
    assert owned.job(job["id"])["status"] == "completed"
    assert len(owned("GET", "/jobs").json["items"]) == 1


@pytest.mark.skipif(not PGBOUNCER.exists(), reason="there is no pgbouncer (Debian: apt-get install pgbouncer)")
def test_the_integration_suite_through_a_pooler():
    """Unchanged, with a PgBouncer in transaction mode and a pool of two between, on servers of its own: it makes its
    databases anew, and this run's have the same names."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(OF_THIS_RUN)}
    command = [sys.executable, "-m", "pytest", "tests/integration", "-q", "-x", "-p", "no:cacheprovider"]
    run = subprocess.run(
        command, cwd=ROOT, env=env | {"TEST_POOLER": "1"}, capture_output=True, text=True, timeout=1800
    )
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


def test_a_full_disk_refuses_and_nothing_is_kept(owned, own):
    """Postgres answers as it does when it cannot write: 53100."""
    refuse = "begin raise 'full' using errcode = '53100'; end"
    with psycopg.connect(own.postgres.url, autocommit=True) as sql, redis.Redis.from_url(own.valkey.url) as raw:
        sql.execute(f"create function pg_temp.no_room() returns trigger language plpgsql as $${refuse}$$")
        sql.execute(
            "create trigger no_room before insert on tickwork.jobs for each row execute function pg_temp.no_room()"
        )
        try:
            refused(owned, "POST", "/jobs", 2, json={"type": "ok"})
        finally:
            sql.execute("drop trigger no_room on tickwork.jobs")
        assert raw.dbsize() == 0
    assert owned.create()
    assert owned.tick()["completed"] == 1


def test_todays_code_on_tomorrows_schema(owned, own):
    """A migration adds columns and tables first; functions deployed before it go on."""
    with psycopg.connect(own.postgres.url, autocommit=True) as sql:
        sql.execute("alter table tickwork.jobs add column tomorrow text not null default 'x'")
        sql.execute("alter table tickwork.job_attempts add column tomorrow int")
        try:
            job = owned.create(delay_seconds=0)
            assert owned.tick()["completed"] == 1
            assert "tomorrow" not in owned.job(job["id"])
            assert owned("GET", "/jobs").status_code == 200
        finally:
            sql.execute("alter table tickwork.jobs drop column tomorrow")
            sql.execute("alter table tickwork.job_attempts drop column tomorrow")


def test_an_hour_without_ticks_is_made_up_for(owned, own):
    """What became due meanwhile runs at the next tick, once each."""
    with psycopg.connect(own.postgres.url, autocommit=True) as sql:
        ids = [insert_job(sql, due_in=-3600 + 36 * place) for place in range(100)]
        report = owned.tick()
        assert (report["completed"], report["taken"] >= 100) == (100, True)
        assert sql.execute("select count(*) from tickwork.job_attempts").fetchone() == (len(ids),)


def test_a_hundred_thousand_due_at_once(owned, own, monkeypatch):
    """Drained by ticks that each keep their budget."""
    monkeypatch.setenv("TICK_BUDGET_SECONDS", "2")
    with psycopg.connect(own.postgres.url, autocommit=True) as sql:
        fill_quickly(sql, 100_000, due_in=-1, type="ok")
        for _ in range(60):
            report = owned.tick()
            assert report["duration_ms"] < 20_000
            if not sql.execute("select exists (select from tickwork.jobs where status = 'pending')").fetchone()[0]:
                break
        done = sql.execute("select outcome, count(*) from tickwork.job_attempts group by 1").fetchall()
    assert done == [("completed", 100_000)]


def _wait_until_busy(raw: "redis.Redis") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            raw.ping()  # answered until the script begins, and BUSY once it has gone on for long
        except redis.ResponseError:
            return
    raise AssertionError("the script did not begin")


def test_a_busy_valkey_counts_as_away(owned, own):
    """Somebody's script does not end: every call is answered BUSY, and work goes on from Postgres."""
    with redis.Redis.from_url(own.valkey.url) as other, redis.Redis.from_url(own.valkey.url) as raw:
        raw.config_set("busy-reply-threshold", 50)

        def spin() -> None:
            with pytest.raises(redis.ResponseError):
                other.eval("while true do end", 0)

        endless = threading.Thread(target=spin)
        endless.start()
        try:
            _wait_until_busy(raw)
            job = owned.create()
            report = owned.tick()
        finally:
            raw.script_kill()
            endless.join()
    assert (report["completed"], report["degraded"]) == (1, ["redis"])
    assert owned.job(job["id"])["status"] == "completed"


def test_keys_share_a_slot_of_a_cluster_and_a_replica_may_take_over(wired, sql, tmp_path):
    """Three masters with a replica each. A master dies, its replica is promoted, and what that never got comes back
    with reconcile."""
    with cluster(tmp_path) as (nodes, url):
        index = DueIndex(client(url))
        ids = [insert_job(sql) for _ in range(50)]
        assert index_everything(wired.store(), index) == 50
        [shard] = index.shards
        keys = [shard.scheduled, shard.ready, shard.leased, shard.state]
        assert len({key_slot(key.encode()) for key in keys}) == 1
        taken = index.take(10, 30, 60)
        assert len(taken.ids) == 10
        index.settle(wired.store().standing(taken.ids))
        owner = index._redis.get_node_from_key(shard.ready)
        (victim,) = [node for node in nodes if node.url.endswith(f":{owner.port}")]
        victim.process.kill()
        victim.process.wait()
        deadline = time.monotonic() + 20
        while True:
            try:
                index_everything(wired.store(), index)
                break
            except IndexDown:
                assert time.monotonic() < deadline, "no replica took over"
                time.sleep(0.5)
        found: list[UUID] = []
        while more := index.take(100, 30, 60).ids:
            found += more
        assert set(found) == set(ids)
        index._redis.close()
