"""A function that starts while no node of its Redis cluster answers does without it, and with it once it is there."""

import pytest
import redis

from infra.local.prepare import wait_for
from infra.local.valkey import free_ports
from tests.servers import start_valkey, stop
from tickwork import connections
from tickwork.auth.gate import gate
from tickwork.core.errors import IndexDown
from tickwork.stores.redis import connection, transport
from tickwork.stores.redis.connection import ClusterAway, client


@pytest.fixture
def port(wired, monkeypatch):
    """Where the cluster will be; nobody answers there yet."""
    (free,) = free_ports(1)
    monkeypatch.setenv("REDIS_URL", f"redis+cluster://127.0.0.1:{free}")
    for module in (connection, transport):
        monkeypatch.setattr(module, "DOWN_SECONDS", 0.0)
    for part in (wired.settings, wired.index, connections.redis_client, gate):
        part.cache_clear()
    return free


def test_a_cold_start_without_the_cluster_degrades_as_without_a_single_redis(api, port):
    job = api.create()
    report = api.tick()
    assert (report["completed"], report["degraded"]) == (1, ["redis"])
    assert api.job(job["id"])["status"] == "completed"
    later = api.create(delay_seconds=3600)
    assert api("PATCH", f"/jobs/{later['id']}", json={"priority": 1}).status_code == 200
    assert api("PUT", f"/jobs/{later['id']}/cancel").status_code == 200
    assert api("PUT", f"/jobs/{later['id']}/retry").status_code == 200
    assert api("GET", "/jobs/stats").status_code == 200
    assert "redis" in api("GET", "/health").text
    assert 'tickwork_store_up{store="redis"} 0.0' in api("GET", "/metrics").text


def test_it_uses_the_cluster_as_soon_as_it_is_there(api, port, tmp_path):
    assert api.tick()["degraded"] == ["redis"]
    bus = str(free_ports(1)[0])
    server = start_valkey(tmp_path / "node", port, cluster_enabled="yes", cluster_port=bus, databases="1")
    try:
        with redis.Redis.from_url(server.url) as link:
            link.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            wait_for(lambda: link.set("ready", "1"), redis.RedisError)
        job = api.create()
        report = api.tick()
        assert (report["completed"], report["degraded"]) == (1, [])
        assert api.job(job["id"])["status"] == "completed"
    finally:
        stop(server)
    assert api.tick()["degraded"] == ["redis"]


def test_those_who_ask_redis_itself_get_its_error(port):
    with pytest.raises(redis.RedisError) as raised:
        client(f"redis+cluster://127.0.0.1:{port}").get("key")
    assert isinstance(raised.value, ClusterAway)
    assert isinstance(raised.value, IndexDown)


def test_nodes_that_did_not_answer_are_left_alone_for_a_while(port, monkeypatch):
    monkeypatch.setattr(connection, "DOWN_SECONDS", 600.0)
    cluster = client(f"redis+cluster://127.0.0.1:{port}")
    asked = []
    connect = cluster._connect
    monkeypatch.setattr(cluster, "_connect", lambda: asked.append(1) or connect())
    for _ in range(3):
        with pytest.raises(ClusterAway):
            cluster.get("key")
    assert asked == [1]
