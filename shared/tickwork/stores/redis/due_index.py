"""Redis or Valkey: when each job is due. A hint that may be lost at any time; Postgres decides.

The index has INDEX_SHARDS shards (shard.py), each in one slot of a cluster. A job is in the shard that its id says
(core/sharding.py), and a shard that is away holds up no other (transport.py).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import redis

from tickwork.core.errors import IndexDown
from tickwork.core.job import ID_BYTES, NewId, Settled
from tickwork.core.sharding import all_of, shard_of
from tickwork.stores.redis.shard import NAMESPACE, Command, Shard
from tickwork.stores.redis.transport import Answers, Part, Servers
from tickwork.stores.redis.wakeup import Alarm

MAX_MS = 253_402_300_799_999  # the end of the year 9999, where Python's time ends
NOTHING, DUE_SOON, EVERYTHING = range(3)  # what take.lua asks to be compared with the table: rows due soon, or all
RETIRED_MS = 3_600_000  # functions of before a change of INDEX_SHARDS are gone by then

T = TypeVar("T")


class Taken(NamedTuple):
    """`ids` leased to the caller, a shard's best first; `reconcile` is NOTHING, DUE_SOON or EVERYTHING, for the shards
    that `asking` names; those in `away` did not answer."""

    ids: list[UUID]
    now: datetime
    next_due_at: datetime | None
    reconcile: int
    asking: tuple[int, ...] = ()
    away: tuple[int, ...] = ()


class DueIndex:
    """Every method raises IndexDown when Redis fails; when only some shards fail, it has done its work on the others.
    Among due jobs a step of priority is worth `step_seconds` of waiting, so that no flood of urgent ones starves the
    others."""

    def __init__(self, redis_client: "redis.Redis", step_seconds: float = 60.0, shards: int = 1):
        self._redis = redis_client
        self._servers = Servers(redis_client)
        self._step_ms = int(step_seconds * 1000)
        self.shards = [Shard(number, shards) for number in range(shards)]
        self.portion = all_of(shards)
        self._behind: set[int] = set()

    def narrowed(self, shards: Sequence[int]) -> "DueIndex":
        """The same index, for a tick that takes from these shards alone; a number beyond them counts from 0 again."""
        mine = tuple(dict.fromkeys(number % len(self.shards) for number in shards))
        other = DueIndex.__new__(DueIndex)
        other.__dict__.update(self.__dict__, portion=self.portion.narrowed(mine))
        return other

    def take(self, limit: int, lease_seconds: float, reconcile_seconds: float) -> Taken:
        """Lease about `limit` due ids to the caller, the most urgent first: as many from each shard, and from those
        that have more what the others lack. Busy or idle one round trip to each server, when all have as many."""
        times = int(lease_seconds * 1000), int(reconcile_seconds * 1000), self._step_ms
        looks = _Looks()
        ask, room = [self.shards[number] for number in self.portion.shards], limit
        while ask:
            share = -(-room // len(ask))
            answers = self._send([(shard, [shard.take(share, *times)]) for shard in ask])
            ask = [shard for shard, answer in zip(ask, answers, strict=True) if looks.add(shard, answer) >= share]
            if (room := limit - len(looks.ids)) <= 0:
                break
        self._drop(looks.strangers)
        return looks.taken()

    def _drop(self, strangers: list[tuple[Shard, list[bytes]]]) -> None:
        if strangers:
            _raise_any(self._send([(shard, shard.drop(members)) for shard, members in strangers]))

    def add(self, jobs: Iterable[tuple[NewId, datetime, int]]) -> None:
        """Let new jobs wait: (id, when it is due, priority)."""
        self._change(jobs, lambda job: job[0].bytes, lambda shard, some: shard.add(some, self._step_ms))

    def put_back(self, ids: Iterable[UUID]) -> None:
        """Make taken ids ready again at once: they could not be claimed since Postgres is away."""
        self._change(ids, _bytes, Shard.put_back)

    def settle(self, rows: Iterable[Settled], ended: Sequence[bytes] = ()) -> None:
        """Make the index follow rows just written: pending ones wait again, running ones are leased, others leave, as
        do the ids in `ended`."""
        followed, left = self._by_shard(rows, _member), self._by_shard(ended, _itself)
        numbers = followed.keys() | left.keys()
        self._told([(s := self.shards[n], s.settle(followed.get(n, ()), left.get(n, ()))) for n in numbers])

    def forget(self, ids: Iterable[UUID]) -> None:
        """Take cancelled jobs out of those that wait."""
        self._change(ids, _bytes, Shard.forget)

    def reschedule(self, row: Settled) -> None:
        """Move a pending job that may already be among the ready ones."""
        self._change([row], _member, lambda shard, rows: shard.reschedule(rows[0]))

    def index_missing(self, rows: list[Settled]) -> int:
        """Add pending and running rows that the index does not hold; returns how many it lacked."""
        return sum(map(sum, self._change(rows, _member, Shard.index_missing)))

    def retire(self) -> None:
        """Drop what an index with another number of shards left behind, once no tick looks at it any more."""
        known, mine = f"{NAMESPACE}:layouts", str(len(self.shards)).encode()
        (answers,) = _raise_any(self._servers.run([(known, [("SADD", known, mine), ("SMEMBERS", known)])]))
        for layout in {*answers[1]} - {mine}:
            of = int(layout)
            old = [Shard(number, of) for number in range(of)]
            gone = _raise_any(self._send([(shard, [shard.retire(RETIRED_MS)]) for shard in old]))
            if all(map(all, gone)):
                _raise_any(self._servers.run([(known, [("SREM", known, layout)])]))

    def open_alarm(self) -> Alarm:
        """An alarm that rings whenever a job is let wait here."""
        channels = [self.shards[number].alarm for number in self.portion.shards]
        return self._servers.call(lambda: Alarm(self._redis, *channels))

    def wait(self, alarm: Alarm, seconds: float) -> bool:
        """Until `alarm` rings, or `seconds` are over; whether it rang."""
        return self._servers.call(lambda: alarm.wait(seconds))

    def ticked_at(self) -> datetime | None:
        """Until when ticks have looked at every shard, by Redis's clock; None when one was never looked at."""
        answers = _raise_any(self._send([(shard, [("HGET", shard.state, "ticked_at")]) for shard in self.shards]))
        times = [int(at) if at and at.isdigit() else MAX_MS + 1 for (at,) in answers]
        return _when(min(times)) if max(times) <= MAX_MS else None

    def _change(
        self, items: Iterable[T], member: Callable[[T], bytes], commands: Callable[[Shard, list[T]], list[Command]]
    ) -> list[list[Any]]:
        found = self._by_shard(items, member).items()
        return self._told([(s := self.shards[number], commands(s, some)) for number, some in found])

    def _told(self, found: Sequence[tuple[Shard, list[Command]]]) -> list[list[Any]]:
        """As `_send`; a shard that was away when it was to be told something is to be compared with the table once it
        is back: nobody else knows that it lacks something."""
        late = [(shard, [shard.compare_soon()]) for shard, _ in found if shard.number in self._behind]
        answers = self._send([*found, *late])
        for (shard, _), answer in zip([*found, *late], answers, strict=True):
            (self._behind.add if isinstance(answer, IndexDown) else self._behind.discard)(shard.number)
        return _raise_any(answers[: len(found)])

    def _by_shard(self, items: Iterable[T], member: Callable[[T], bytes]) -> dict[int, list[T]]:
        of, found = len(self.shards), defaultdict[int, list[T]](list)
        for item in items:
            found[shard_of(member(item), of)].append(item)
        return found

    def _send(self, found: Sequence[tuple[Shard, list[Command]]]) -> list[Answers]:
        parts: list[Part] = [(shard.state, commands) for shard, commands in found]
        return self._servers.run(parts)


class _Looks:
    """What the shards answered to a take, put together."""

    def __init__(self) -> None:
        self.ids: list[UUID] = []
        self.strangers: list[tuple[Shard, list[bytes]]] = []
        self._now = -1
        self._next_due: list[int] = []
        self._asking: dict[int, int] = {}
        self._away: dict[int, IndexDown] = {}

    def add(self, shard: Shard, answer: Answers) -> int:
        """How many it gave."""
        if isinstance(answer, IndexDown):
            self._away[shard.number] = answer
            return 0
        now, next_due, reconcile, packed, *strangers = answer[0]
        self._now = max(self._now, now)
        if 0 <= next_due <= MAX_MS:
            self._next_due.append(next_due)
        if reconcile:
            self._asking[shard.number] = reconcile
        if strangers:
            self.strangers.append((shard, strangers))
        self.ids += [UUID(bytes=packed[at : at + ID_BYTES]) for at in range(0, len(packed), ID_BYTES)]
        return len(packed) // ID_BYTES + len(strangers)

    def taken(self) -> Taken:
        """Raises IndexDown when no shard answered."""
        if self._now < 0:
            raise next(iter(self._away.values()))
        next_due_at = _when(min(self._next_due)) if self._next_due else None
        reconcile = max(self._asking.values(), default=NOTHING)
        return Taken(self.ids, _when(self._now / 1000), next_due_at, reconcile, tuple(self._asking), tuple(self._away))


def _raise_any(answers: Sequence[Answers]) -> list[list[Any]]:
    found: list[list[Any]] = []
    for answer in answers:
        if isinstance(answer, IndexDown):
            raise answer
        found.append(answer)
    return found


def _member(row: Settled) -> bytes:
    return row.id.bytes


def _bytes(id: UUID) -> bytes:
    return id.bytes


def _itself(member: bytes) -> bytes:
    return member


def _when(ms: float) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
