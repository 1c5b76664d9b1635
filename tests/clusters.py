"""A Valkey cluster of three for the tests."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from infra.local.valkey import free_ports
from tests.servers import Server, start_valkey, stop

MASTERS = 3


@contextmanager
def cluster(folder: Path, replicas: bool = True) -> Iterator[tuple[list[Server], str]]:
    """Three Valkeys as a cluster, each with a replica or none of them; and its address. Without replicas a node that is
    lost stays lost, and the others go on."""
    count = 2 * MASTERS if replicas else MASTERS
    free = free_ports(2 * count)
    ports, buses = free[:count], free[count:]
    timeout = "1500" if replicas else "15000"  # where none takes over, a machine that stood still is to lose none
    options = {"cluster_enabled": "yes", "cluster_node_timeout": timeout, "databases": "1"}
    options |= {"repl_diskless_sync_delay": "0", "cluster_require_full_coverage": "yes" if replicas else "no"}
    nodes = [
        start_valkey(folder / str(port), port, cluster_port=str(bus), **options)
        for port, bus in zip(ports, buses, strict=True)
    ]
    links = [redis.Redis.from_url(node.url) for node in nodes]
    try:
        for number, link in enumerate(links[:MASTERS]):
            last = 16383 if number == 2 else number * 5461 + 5460
            link.execute_command("CLUSTER", "ADDSLOTSRANGE", number * 5461, last)
        for link in links[1:]:
            link.execute_command("CLUSTER", "MEET", "127.0.0.1", ports[0], buses[0])
        names = [link.execute_command("CLUSTER", "MYID").decode() for link in links]
        for number in range(count - MASTERS):
            _again(lambda number=number: links[MASTERS + number].execute_command("CLUSTER", "REPLICATE", names[number]))
        _again(lambda: [_in_order(link, count) for link in links])
        _again(lambda: [_follows(link) for link in links[MASTERS:]])
        yield nodes, f"redis+cluster://127.0.0.1:{ports[0]}"
    finally:
        for link in links:
            link.close()
        stop(*nodes)


def _in_order(link: "redis.Redis", count: int) -> None:
    info = link.execute_command("CLUSTER", "INFO")
    text = str(info)
    slaves = str(link.execute_command("CLUSTER", "NODES")).count("slave")
    if "cluster_state:ok" not in text or "16384" not in text or slaves < count - MASTERS:
        raise redis.RedisError(f"not yet: {text}")


def _follows(link: "redis.Redis") -> None:
    if link.info("replication").get("master_link_status") != "up":
        raise redis.RedisError("not yet in step with its master")


def _again(call: Callable[[], object], seconds: float = 20) -> None:
    """Until it raises nothing."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            call()
            return
        except redis.RedisError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
