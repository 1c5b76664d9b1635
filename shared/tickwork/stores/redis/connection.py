"""How Redis, Valkey or a cluster of either is reached, by whatever speaks to it."""

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tickwork.core.errors import IndexDown
from tickwork.stores.redis.late_cluster import LateCluster
from tickwork.stores.redis.transport import DOWN_SECONDS

SOCKET_SECONDS = 2.0
CLUSTER = "redis+cluster"


class ClusterAway(IndexDown, redis.ConnectionError):
    """No node of the cluster answers: to those who ask Redis itself the same as a single one that is away."""


def client(url: str) -> "redis.Redis":
    """A client that fails fast and never repeats a command: a repeated take would lose what the first one took.

    `redis+cluster://` speaks to a cluster; only a node's "not mine" is followed, for then nothing was done.
    """
    options = client_options()
    if url.startswith(CLUSTER):
        from redis.cluster import RedisCluster

        def connect() -> RedisCluster:
            node = f"redis{url.removeprefix(CLUSTER)}"
            return RedisCluster.from_url(node, require_full_coverage=False, **options)

        return LateCluster(connect, ClusterAway, DOWN_SECONDS)  # type: ignore[return-value]
    return redis.Redis.from_url(url, health_check_interval=0, **options)


def client_options() -> dict[str, Any]:
    """What every client of ours is told, whoever makes it."""
    return {
        "socket_timeout": SOCKET_SECONDS,
        "socket_connect_timeout": SOCKET_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }
