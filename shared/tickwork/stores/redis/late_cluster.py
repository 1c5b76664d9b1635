"""A cluster's client that connects when it is first used. redis-py's own asks the nodes where the slots are while it is
made, so that a function which starts while no node answers could not even say that it does without."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisClusterException, RedisError

if TYPE_CHECKING:
    from redis.cluster import RedisCluster


class LateCluster:
    """Has everything that the client has which `connect` makes; `away` is raised while no node answers, and nobody
    asks them again for `patience` seconds."""

    def __init__(self, connect: "Callable[[], RedisCluster]", away: type[Exception], patience: float):
        self._connect = connect
        self._away = away
        self._patience = patience
        self._lock = Lock()
        self._cluster: RedisCluster | None = None
        self._down_until = 0.0

    def close(self) -> None:
        if self._cluster is not None:
            self._cluster.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cluster or self._connected(), name)

    def _connected(self) -> "RedisCluster":
        with self._lock:
            if self._cluster is None:
                self._cluster = self._try()
            return self._cluster

    def _try(self) -> "RedisCluster":
        if monotonic() < self._down_until:
            raise self._away("the cluster did not answer a moment ago")
        try:
            return self._connect()
        except (RedisClusterException, RedisError) as error:
            self._down_until = monotonic() + self._patience
            raise self._away(f"Redis: {error}") from error
