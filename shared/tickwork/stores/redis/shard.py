"""One shard of the due index: its keys, and the commands that change it. It sends nothing itself.

Three sorted sets and a hash under one hash tag, so that a cluster keeps them in one slot. Scores are whole numbers
below 2^53, which doubles hold exactly: `due_ms * 1024 + rank` orders by time, then priority, and gives both back;
`rank = 511 - priority`. A member is the job id's 16 bytes (text would cost a third more memory).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha1
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from tickwork.core.job import MAX_PRIORITY, JobStatus, NewId, Settled

NAMESPACE = "tickwork"
LUA = Path(__file__).parent / "lua"
CHUNK = 1000
LET_WAIT = 5000  # jobs in one call of a script, which holds everybody else up
RANKS = 1024
PROMOTE = 5000
EARLY_MS = 10  # a job is taken so long before it is due, and is with its handler's thread when it is

T = TypeVar("T")
Command = tuple[Any, ...]  # a name and its arguments; of a script ("EVALSHA", Script, number of keys, …)


class Script(NamedTuple):
    text: str
    sha: str


@cache
def lua(name: str) -> str:
    """The text of lua/<name>.lua, read once."""
    return (LUA / f"{name}.lua").read_text()


def script(name: str) -> Script:
    text = lua(name)
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


class Shard:
    """Names of the keys of shard `number` of `of`. A single one has the names that it had before there were shards; of
    several, each name tells how many there are, so that after a change of their number none is taken for another."""

    def __init__(self, number: int = 0, of: int = 1):
        tag = f"{{{number}}}" if of == 1 else f"{{{number}/{of}}}"
        self.number = number
        self.scheduled = f"{NAMESPACE}:{tag}:scheduled"
        self.ready = f"{NAMESPACE}:{tag}:ready"
        self.leased = f"{NAMESPACE}:{tag}:leased"
        self.state = f"{NAMESPACE}:{tag}:state"
        self.alarm = f"{NAMESPACE}:{tag}:alarm"
        self._take = script("take")
        self._let_wait = script("let_wait")
        self._put_back = script("put_back")
        self._index_missing = script("index_missing")
        self._retire = script("retire")
        self._compare_soon = script("compare_soon")

    def take(self, limit: int, lease_ms: int, reconcile_ms: int, step_ms: int) -> Command:
        keys = (self.scheduled, self.ready, self.leased, self.state)
        return _eval(self._take, keys, limit, lease_ms, PROMOTE, reconcile_ms, step_ms, EARLY_MS)

    def drop(self, members: list[bytes]) -> list[Command]:
        """Forget what was taken and is no id: left alone it would be taken again with every lease."""
        return [("ZREM", self.leased, *chunk) for chunk in chunks(members)]

    def add(self, jobs: Iterable[tuple[NewId, datetime, int]], step_ms: int) -> list[Command]:
        """Let new jobs wait, and ring."""
        found, keys = chunks(_entries(jobs), LET_WAIT), (self.scheduled, self.ready)
        return [_eval(self._let_wait, keys, b"".join(entries), self.alarm, step_ms) for entries in found]

    def put_back(self, ids: Iterable[UUID]) -> list[Command]:
        keys = (self.ready, self.leased)
        return [_eval(self._put_back, keys, *chunk) for chunk in chunks([id.bytes for id in ids])]

    def settle(self, rows: Iterable[Settled], ended: Sequence[bytes]) -> list[Command]:
        """Rows as they were just now: one moved since is in its place already, and not made later here."""
        pending, running, final = _sorted_out(rows)
        left: list[Command] = [("ZREM", self.leased, *ids) for ids in chunks([*ended, *final, *pending])]
        return left + _zadds(self.leased, running) + self._wait_again(pending, b"LT")

    def _wait_again(self, scores: Mapping[bytes, int], *flags: bytes) -> list[Command]:
        return [*_zadds(self.scheduled, scores, *flags), ("PUBLISH", self.alarm, b"")] if scores else []

    def forget(self, ids: Iterable[UUID]) -> list[Command]:
        found = list(chunks([id.bytes for id in ids]))
        return [("ZREM", key, *chunk) for chunk in found for key in (self.scheduled, self.ready)]

    def reschedule(self, row: Settled) -> list[Command]:
        return [
            ("ZREM", self.ready, row.id.bytes),
            *self._wait_again({row.id.bytes: score(row.scheduled_at, row.priority)}),
        ]

    def index_missing(self, rows: Iterable[Settled]) -> list[Command]:
        """Each answers with how many it added."""
        waiting: list[Any] = []
        running: list[Any] = []
        for row in rows:
            to = waiting if row.lease_expires_at is None else running
            to += (score(row.lease_expires_at or row.scheduled_at, row.priority), row.id.bytes)
        return [
            _eval(self._index_missing, (key, self.ready, self.leased), *chunk)
            for key, found in ((self.scheduled, waiting), (self.leased, running))
            for chunk in chunks(found, 2 * CHUNK)
        ]

    def compare_soon(self) -> Command:
        """Have the next take ask for a comparison with the table."""
        return _eval(self._compare_soon, (self.state,))

    def retire(self, silence_ms: int) -> Command:
        """Drop all of it, unless a tick looked at it within `silence_ms`; answers whether it is gone."""
        return _eval(self._retire, (self.state, self.scheduled, self.ready, self.leased), silence_ms)


def score(at: datetime, priority: int) -> int:
    # Rounded up: a job whose microseconds were cut off would be taken before the database calls it due.
    return ceil(at.timestamp() * 1000) * RANKS + MAX_PRIORITY - priority


def chunks(items: list[T], size: int = CHUNK) -> Iterator[list[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _eval(script: Script, keys: tuple[str, ...], *args: Any) -> Command:
    return ("EVALSHA", script, len(keys), *keys, *args)


def _zadds(key: str, scores: Mapping[bytes, int], *flags: bytes) -> list[Command]:
    return [
        ("ZADD", key, *flags, *(part for id, number in chunk for part in (number, id)))
        for chunk in chunks(list(scores.items()))
    ]


def _entries(jobs: Iterable[tuple[NewId, datetime, int]]) -> list[bytes]:
    """What let_wait.lua is told of each: its score in 16 digits, and its id."""
    entries = []
    latest, digits = None, b""
    for id, due, priority in jobs:
        if (due, priority) != latest:  # most of a batch are due at the same time
            latest, digits = (due, priority), b"%016d" % score(due, priority)
        entries.append(digits + id.bytes)
    return entries


def _sorted_out(rows: Iterable[Settled]) -> tuple[dict[bytes, int], dict[bytes, int], list[bytes]]:
    pending: dict[bytes, int] = {}
    running: dict[bytes, int] = {}
    final: list[bytes] = []
    for row in rows:
        if row.status == JobStatus.PENDING:
            pending[row.id.bytes] = score(row.scheduled_at, row.priority)
        elif row.lease_expires_at is not None:
            running[row.id.bytes] = score(row.lease_expires_at, row.priority)
        else:
            final.append(row.id.bytes)
    return pending, running, final
