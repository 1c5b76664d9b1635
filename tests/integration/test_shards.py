"""The due index in several shards: on one server, after their number has changed, and spread over a cluster."""

import threading
import time
from uuid import UUID

import pytest
import redis
import uuid_utils.compat

from tests.clusters import MASTERS, cluster
from tests.integration.factory import insert_job, row_of, standing
from tests.integration.handlers import RUNS
from tickwork.core.sharding import WHOLE, Portion, all_of, shard_of
from tickwork.engine.maintenance import index_everything
from tickwork.stores.redis.connection import client
from tickwork.stores.redis.due_index import DueIndex

SHARDS = 8
DAY_MS = 86_400_000


@pytest.fixture
def sharded(wired, monkeypatch):
    """Sets INDEX_SHARDS, and whatever else, for the functions."""

    def choose(shards, **env):
        for name, value in (env | {"INDEX_SHARDS": str(shards)}).items():
            monkeypatch.setenv(name, value)
        for part in (wired.settings, wired.index, wired.runner):
            part.cache_clear()
        return wired.index()

    return choose


def statuses(sql):
    return dict(sql.execute("select status, count(*) from tickwork.jobs group by 1").fetchall())


def ids_of(shard: int, of: int, count: int):
    """New ids that belong to one shard."""
    made = (uuid_utils.compat.uuid7() for _ in iter(int, 1))
    return [id for _, id in zip(range(count), (id for id in made if shard_of(id.bytes, of) == shard), strict=False)]


# On one server


def test_a_single_shard_has_the_keys_it_always_had(valkey):
    [shard] = DueIndex(client(valkey)).shards
    assert [shard.scheduled, shard.ready, shard.leased] == [
        f"tickwork:{{0}}:{x}" for x in ("scheduled", "ready", "leased")
    ]


@pytest.mark.parametrize("of", [1, 2, 3, 8, 256])
def test_the_database_and_python_agree_on_the_shard(wired, sql, of):
    ids = [insert_job(sql) for _ in range(50)]
    for shard in {shard_of(id.bytes, of) for id in ids}:
        wanted = {id for id in ids if shard_of(id.bytes, of) == shard}
        part = Portion((shard,), of)
        assert set(wired.store().find_due(100, part)) == wanted
        assert {row.id for page in wired.store().due_soon(60, part) for row in page} == wanted
        assert {row.id for page in wired.store().unfinished(part) for row in page} == wanted


def test_ids_are_spread_evenly():
    counts = [0] * SHARDS
    for _ in range(8000):
        counts[shard_of(uuid_utils.compat.uuid7().bytes, SHARDS)] += 1
    assert min(counts) > 800


def test_a_tick_of_some_shards_leaves_the_others_alone(api, sharded, sql):
    sharded(4)
    jobs = [insert_job(sql, id=id) for shard in range(4) for id in ids_of(shard, 4, 3)]
    done = api("POST", "/tick?shards=1,3").json
    assert done["completed"] == 6
    assert {row_of(sql, id)["status"] for id in jobs if shard_of(id.bytes, 4) in (1, 3)} == {"completed"}
    assert {row_of(sql, id)["status"] for id in jobs if shard_of(id.bytes, 4) in (0, 2)} == {"pending"}
    assert api("POST", "/tick?shards=4&shards=6").json["completed"] == 6, "beyond them counts from 0 again"
    assert api("GET", "/health").json["status"] == "ok"


def test_a_tick_of_some_shards_by_setting(api, sharded, sql):
    sharded(2, TICK_SHARDS="1")
    for id in ids_of(0, 2, 2) + ids_of(1, 2, 3):
        insert_job(sql, id=id)
    assert api.tick()["completed"] == 3
    assert api("POST", "/tick?shards=0").json["completed"] == 2


@pytest.mark.parametrize("query", ["shards=-1", "shards=256", "shards=x", "shards=", "shard=1"])
def test_what_is_no_shard_is_refused(api, query):
    assert api("POST", f"/tick?{query}").status_code == 422


def test_a_shard_that_no_tick_looks_at_is_noticed(api, sharded, sql):
    """Each has its own dead man's switch: the latest tick is that of the shard which waits longest."""
    sharded(2)
    api("POST", "/tick?shards=0")
    assert api("GET", "/health").json["silent"] is True
    api("POST", "/tick?shards=1")
    assert api("GET", "/health").json["silent"] is False


def test_no_shard_waits_for_the_others(sharded, sql):
    """A take is shared out evenly, and what one has less another may have more."""
    index = sharded(4)
    for shard, count in enumerate((40, 4, 40, 0)):
        index.settle([_row(sql, id) for id in ids_of(shard, 4, count)])
    first = index.take(40, 30, 60).ids
    by_shard = [sum(shard_of(id.bytes, 4) == shard for id in first) for shard in range(4)]
    assert by_shard == [18, 4, 18, 0]
    assert len(index.take(1000, 30, 60).ids) == 44


def _row(sql, id):
    insert_job(sql, id=id)
    return standing(sql, id)


def test_retries_cancels_and_moves_find_their_shard(api, sharded, sql, raw):
    index = sharded(3)
    api.tick()
    kept, moved, failing = api.create(delay_seconds=3600), api.create(delay_seconds=3600), api.create("fails")
    api("PUT", f"/jobs/{kept['id']}/cancel")
    api("PATCH", f"/jobs/{moved['id']}", json={"delay_seconds": 0})
    done = api.tick()
    assert (done["completed"], done["retried"]) == (1, 1)
    held = {id for shard in index.shards for id in raw.zrange(shard.scheduled, 0, -1)}
    assert held == {_bytes(failing)}
    assert not any(raw.zcard(key) for shard in index.shards for key in (shard.ready, shard.leased))


def _bytes(job):
    return UUID(job["id"]).bytes


def test_an_alarm_rings_for_its_own_shards(valkey, sql):
    index = DueIndex(client(valkey), shards=2)
    [mine], [others] = ids_of(1, 2, 1), ids_of(0, 2, 1)
    rows = {id: _row(sql, id) for id in (mine, others)}
    with index.narrowed([1]).open_alarm() as alarm:
        index.settle([rows[others]])
        begun = time.monotonic()
        index.wait(alarm, 0.3)
        assert time.monotonic() - begun >= 0.3
        index.settle([rows[mine]])
        begun = time.monotonic()
        index.wait(alarm, 30)
        assert time.monotonic() - begun < 20


# After their number has changed


@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1), (3, 5)])
def test_another_number_of_shards_loses_nothing(api, wired, sharded, sql, raw, before, after):
    old = sharded(before)
    api.tick()
    waiting = [insert_job(sql) for _ in range(20)]
    far = api.create(delay_seconds=7200)
    index_everything(wired.store(), old)
    new = sharded(after)
    assert api.tick()["completed"] == len(waiting)
    held = [id for shard in new.shards for id in raw.zrange(shard.scheduled, 0, -1)]
    assert held == [_bytes(far)], "a new index is filled with every row, not only with those due soon"


def test_the_keys_of_before_are_dropped_once_nobody_uses_them(api, sharded, sql, raw):
    old = sharded(4)
    api.create(delay_seconds=3600)
    api.tick()
    new = sharded(2)
    api.tick()
    assert raw.exists(*[shard.state for shard in old.shards]) == 4, "functions of before may still be about"
    for shard in old.shards:
        raw.hset(shard.state, "ticked_at", raw.time()[0] * 1000 - DAY_MS)
    for shard in new.shards:
        raw.hset(shard.state, "reconcile_at", 1)
    api.tick()
    left = {key.decode() for key in raw.keys("tickwork:{*}:*")}
    assert left
    assert left <= {key for shard in new.shards for key in (shard.scheduled, shard.state)}
    assert raw.smembers("tickwork:layouts") == {b"2"}


# On a cluster


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("cluster"), replicas=False) as (servers, url):
        yield servers, url


@pytest.fixture
def spread(nodes, sharded):
    """The functions over a cluster whose shards lie on all three nodes; emptied."""
    servers, url = nodes
    for server in servers:
        with redis.Redis.from_url(server.url) as link:
            link.flushall()
    index = sharded(SHARDS, REDIS_URL=url)
    assert len({index._redis.get_node_from_key(shard.state).name for shard in index.shards}) == MASTERS
    yield index
    index._redis.close()


def test_a_jobs_whole_life_on_a_cluster(api, spread, sql):
    assert api.tick()["degraded"] == []
    jobs = [api.create() for _ in range(20)]
    assert api("POST", "/jobs", json=[{"type": "ok", "payload": {}}] * 40).status_code == 201
    gone, failing = api.create(delay_seconds=3600), api.create("fails")
    api("PUT", f"/jobs/{gone['id']}/cancel")
    done = api.tick()
    assert (done["completed"], done["retried"], done["degraded"]) == (60, 1, [])
    assert len(RUNS) == 61
    assert all(api.job(job["id"])["status"] == "completed" for job in jobs)
    api("PATCH", f"/jobs/{failing['id']}", json={"delay_seconds": 0})
    assert api.tick()["retried"] == 1
    api("PUT", f"/jobs/{gone['id']}/retry")
    assert api.tick()["completed"] == 1


def test_a_tick_that_stays_hears_of_jobs_on_every_node(api, wired, spread, sql, monkeypatch):
    monkeypatch.setenv("TICK_LINGER_SECONDS", "30")
    wired.settings.cache_clear()
    waits, wait = threading.Event(), DueIndex.wait
    monkeypatch.setattr(DueIndex, "wait", lambda *args: (waits.set(), wait(*args)))
    thread = threading.Thread(target=api.tick)
    thread.start()
    assert waits.wait(20)
    jobs = [api.create() for _ in range(12)]
    deadline = time.monotonic() + 20
    while statuses(sql) != {"completed": len(jobs)}:
        assert time.monotonic() < deadline
    monkeypatch.setattr("tickwork.engine.long_poll.stopping", lambda: True)
    thread.join(20)
    assert not thread.is_alive()


def test_a_lost_node_takes_along_no_other(nodes, api, spread, sql):
    """Last, for the node stays lost. Its shards' jobs run from Postgres within the same tick; jobs can be created and
    cancelled; the health says so."""
    api.tick()
    servers, _ = nodes
    lost_shards = [
        shard.number
        for shard in spread.shards
        if servers[0].url.endswith(f":{spread._redis.get_node_from_key(shard.state).port}")
    ]
    assert 0 < len(lost_shards) < SHARDS
    before = [api.create() for _ in range(40)]
    servers[0].process.kill()
    servers[0].process.wait()
    after = [api.create() for _ in range(40)]
    gone = api.create(delay_seconds=3600)
    assert api("PUT", f"/jobs/{gone['id']}/cancel").status_code == 200
    done = api.tick()
    assert done["degraded"] == ["redis"]
    assert done["completed"] == len(before + after)
    assert {shard_of(_bytes(job), SHARDS) for job in before + after} > {*lost_shards}
    assert api("GET", "/health").json["status"] == "degraded"
    assert api.tick()["taken"] == 0


def test_the_whole_is_told_to_statements_as_one():
    assert [all_of(1), all_of(8).few, Portion((0, 1), 8).few] == [WHOLE, 1, 8]
