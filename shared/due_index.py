"""Redis or Valkey: when each job is due. A hint that may be lost at any time; Postgres decides.

Three sorted sets and a hash under one hash tag, so that a cluster keeps them in one slot. Scores are whole numbers
below 2^53, which doubles hold exactly: `due_ms * 1024 + rank` orders by time, then priority, and gives both back;
`rank = 511 - priority`. A member is the job id's 16 bytes (text would cost a third more memory).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from math import ceil
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException
from redis.retry import Retry

from shared.alarm import Alarm
from shared.errors import TickworkError
from shared.job import MAX_PRIORITY, JobStatus, NewId, Settled
from shared.late_cluster import LateCluster

LUA = Path(__file__).parent / "lua"
SOCKET_SECONDS = 2.0
DOWN_SECONDS = 2.0  # after a failure, callers go on without the index for this long instead of waiting again
CHUNK = 1000
LET_WAIT = 5000  # jobs in one call of a script, which holds everybody else up
RANKS = 1024
CLUSTER = "redis+cluster"
PROMOTE = 5000
ID_BYTES = 16
MAX_MS = 253_402_300_799_999  # the end of the year 9999, where Python's time ends

T = TypeVar("T")


class IndexDown(TickworkError):
    """Redis does not answer, or answers with an error: go on from Postgres."""


class ClusterAway(IndexDown, redis.ConnectionError):
    """No node of the cluster answers: to those who ask Redis itself the same as a single one that is away."""


class Taken(NamedTuple):
    """`ids` leased to the caller, best first; `reconcile` is 0, 1 (rows due soon) or 2 (every row)."""

    ids: list[UUID]
    now: datetime
    next_due_at: datetime | None
    reconcile: int


@cache
def script(name: str) -> str:
    """The text of lua/<name>.lua, read once."""
    return (LUA / f"{name}.lua").read_text()


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


class DueIndex:
    """Every method raises IndexDown when Redis fails. Among due jobs a step of priority is worth `step_seconds` of
    waiting, so that no flood of urgent ones starves the others."""

    def __init__(self, redis_client: "redis.Redis", namespace: str = "tickwork:{0}", step_seconds: float = 60.0):
        self._redis = redis_client
        self._step_ms = int(step_seconds * 1000)
        self._down_until = 0.0
        self.scheduled = f"{namespace}:scheduled"
        self.ready = f"{namespace}:ready"
        self.leased = f"{namespace}:leased"
        self.state = f"{namespace}:state"
        self.alarm = f"{namespace}:alarm"
        self._take = redis_client.register_script(script("take"))
        self._let_wait_many = redis_client.register_script(script("let_wait"))
        self._put_back = redis_client.register_script(script("put_back"))
        self._index_missing = redis_client.register_script(script("index_missing"))

    def take(self, limit: int, lease_seconds: float, reconcile_seconds: float) -> Taken:
        """Lease up to `limit` due ids to the caller, the most urgent first. One round trip, busy or idle."""
        keys = [self.scheduled, self.ready, self.leased, self.state]
        args = [limit, int(lease_seconds * 1000), PROMOTE, int(reconcile_seconds * 1000), self._step_ms]
        now, next_due, reconcile, *members = self._guard(lambda: self._take(keys=keys, args=args))
        next_due_at = _when(next_due) if 0 <= next_due <= MAX_MS else None
        ids = [UUID(bytes=member) for member in members if len(member) == ID_BYTES]
        if len(ids) < len(members):
            self._drop([member for member in members if len(member) != ID_BYTES])
        return Taken(ids, _when(now / 1000), next_due_at, reconcile)

    def _drop(self, strangers: list[bytes]) -> None:
        # Somebody else wrote these; left alone they would be taken again with every lease.
        for chunk in _chunks(strangers):
            self._guard(lambda chunk=chunk: self._redis.zrem(self.leased, *chunk))  # type: ignore[misc]

    def add(self, jobs: Iterable[tuple[NewId, datetime, int]]) -> None:
        """Let new jobs wait: (id, when it is due, priority)."""
        for entries in _chunks(_entries(jobs), LET_WAIT):
            args = [b"".join(entries), self.alarm]
            self._guard(lambda args=args: self._let_wait_many(keys=[self.scheduled], args=args))  # type: ignore[misc]

    def put_back(self, ids: Iterable[UUID]) -> None:
        """Make taken ids ready again at once: they could not be claimed since Postgres is away."""
        keys = [self.ready, self.leased]
        for chunk in _chunks([id.bytes for id in ids]):
            self._guard(lambda chunk=chunk: self._put_back(keys=keys, args=chunk))  # type: ignore[misc]

    def settle(self, rows: Iterable[Settled], gone: Sequence[bytes] = ()) -> None:
        """Make the index follow rows just written: pending ones wait again, running ones are leased, others leave, as
        do the ids in `gone`."""
        pending, running, ended = _sorted_out(rows)
        with self._redis.pipeline(transaction=False) as pipe:
            for ids in _chunks([*gone, *ended, *pending]):
                pipe.zrem(self.leased, *ids)
            for scores in _chunks(list(running.items())):
                pipe.zadd(self.leased, dict(scores))
            self._let_wait(pipe, pending)
            self._guard(pipe.execute)

    def _let_wait(self, pipe: Any, scores: dict[bytes, int]) -> None:
        for chunk in _chunks(list(scores.items())):
            pipe.zadd(self.scheduled, dict(chunk))
        if scores and not hasattr(self._redis, "get_node_from_key"):  # pipelines of a cluster cannot publish
            pipe.publish(self.alarm, b"")

    def forget(self, ids: Iterable[UUID]) -> None:
        """Take cancelled jobs out of those that wait."""
        with self._redis.pipeline(transaction=False) as pipe:
            for chunk in _chunks([id.bytes for id in ids]):
                pipe.zrem(self.scheduled, *chunk)
                pipe.zrem(self.ready, *chunk)
            self._guard(pipe.execute)

    def reschedule(self, row: Settled) -> None:
        """Move a pending job that may already be among the ready ones."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.zrem(self.ready, row.id.bytes)
            self._let_wait(pipe, {row.id.bytes: _score(row.scheduled_at, row.priority)})
            self._guard(pipe.execute)

    def index_missing(self, rows: list[Settled]) -> int:
        """Add pending and running rows that the index does not hold; returns how many it lacked."""
        waiting = [row for row in rows if row.lease_expires_at is None]
        running = [row for row in rows if row.lease_expires_at is not None]
        return self._add_missing(self.scheduled, waiting) + self._add_missing(self.leased, running)

    def _add_missing(self, to: str, rows: list[Settled]) -> int:
        args: list[Any] = []
        for row in rows:
            args += [_score(row.lease_expires_at or row.scheduled_at, row.priority), row.id.bytes]
        keys = [to, self.ready, self.leased]
        chunks = _chunks(args, 2 * CHUNK)
        return self._guard(lambda: sum(int(self._index_missing(keys=keys, args=chunk)) for chunk in chunks))

    def open_alarm(self) -> Alarm:
        """An alarm that rings whenever a job is let wait here."""
        return self._guard(lambda: Alarm(self._redis, self.alarm))

    def wait(self, alarm: Alarm, seconds: float) -> None:
        """Until `alarm` rings, or `seconds` are over."""
        self._guard(lambda: alarm.wait(seconds))

    def ticked_at(self) -> datetime | None:
        """When the latest tick looked here, by Redis's clock."""
        at = self._guard(lambda: self._redis.hget(self.state, "ticked_at"))
        return _when(int(at)) if at and at.isdigit() and int(at) <= MAX_MS else None

    def _guard(self, call: Callable[[], T]) -> T:
        if monotonic() < self._down_until:
            raise IndexDown("Redis did not answer a moment ago")
        try:
            return call()
        except (redis.RedisError, RedisClusterException) as error:
            self._down_until = monotonic() + DOWN_SECONDS
            raise IndexDown(f"Redis: {error}") from error


def _entries(jobs: Iterable[tuple[NewId, datetime, int]]) -> list[bytes]:
    """What let_wait.lua is told of each: its score in 16 digits, and its id."""
    entries = []
    latest, digits = None, b""
    for id, due, priority in jobs:
        if (due, priority) != latest:  # most of a batch are due at the same time
            latest, digits = (due, priority), b"%016d" % _score(due, priority)
        entries.append(digits + id.bytes)
    return entries


def _sorted_out(rows: Iterable[Settled]) -> tuple[dict[bytes, int], dict[bytes, int], list[bytes]]:
    pending: dict[bytes, int] = {}
    running: dict[bytes, int] = {}
    gone: list[bytes] = []
    for row in rows:
        if row.status == JobStatus.PENDING:
            pending[row.id.bytes] = _score(row.scheduled_at, row.priority)
        elif row.lease_expires_at is not None:
            running[row.id.bytes] = _score(row.lease_expires_at, row.priority)
        else:
            gone.append(row.id.bytes)
    return pending, running, gone


def _score(at: datetime, priority: int) -> int:
    # Rounded up: a job whose microseconds were cut off would be taken before the database calls it due.
    return ceil(at.timestamp() * 1000) * RANKS + MAX_PRIORITY - priority


def _when(ms: float) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _chunks(items: list[T], size: int = CHUNK) -> Iterable[list[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
