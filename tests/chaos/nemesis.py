"""Breaks things. Each public method without arguments is a kind of fault; three streams of them run at once."""

import os
import random
import signal
import time
from collections import Counter
from contextlib import ExitStack, suppress
from threading import Event, RLock, Thread
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
import redis
from botocore.exceptions import BotoCoreError, ClientError

from tests.chaos.ledger import Ledger
from tests.chaos.line_up import NUMBERS, LineUp, Worker
from tests.chaos.stores import Stores
from tests.chaos.worker import MODES, RARE, Traits, processes, start, tick_always
from tickwork.core.failpoints import POINTS

HOUR = 3600.0
KEYS = [f"tickwork:{{0}}:{name}" for name in ("scheduled", "ready", "leased")]

# The named points that ticks and run_jobs pass; those of callers have a test of their own.
PASSED = ["handler.middle", *(p for p in POINTS if not p.startswith(("create.", "cancel.", "retry.", "update.")))]

# How often each kind comes, against the others of its stream.
KILLS = {"kill_tick": 3, "kill_run_jobs": 1}
RESTARTS = {
    "restart_postgres": 2,
    "restart_postgres_in_order": 1,
    "restart_valkey": 2,
    "restart_valkey_with_old_dump": 1,
}
MISCHIEF = {
    "cut_between_messages": 4, "cut_all_connections": 2, "stop_tick": 3, "stop_run_jobs": 2, "stop_postgres": 2,
    "stop_backend": 2, "stop_valkey": 2, "stop_proxy": 2, "kill_backend": 1, "double_ticks": 3, "drop_ticks": 2,
    "flush_all": 3, "take_snapshot": 3, "restore_old_snapshot": 3, "write_garbage": 3, "wrong_type": 2, "read_only": 2,
    "out_of_memory": 2, "flush_scripts": 3,
}  # fmt: skip
QUEUE_MISCHIEF = {
    "kill_bridge": 4, "stop_bridges": 2, "deliver_twice": 4, "lose_messages": 3, "delay_messages": 3, "fill_queue": 3,
    "stop_queue": 2, "restart_queue": 1,
}  # fmt: skip
MISSED = (redis.RedisError, psycopg.Error, BotoCoreError, ClientError, ProcessLookupError)

Deck = dict[str, int]


def decks(dispatch: str) -> tuple[Deck, Deck, Deck]:
    """The kinds of the three streams, as far as there is something for them to break."""
    numbers = NUMBERS[dispatch]
    mischief = MISCHIEF | (QUEUE_MISCHIEF if numbers.queue else {})
    kills = KILLS if "local" in numbers.ticks else KILLS | {"kill_run_jobs": KILLS["kill_tick"]}
    if numbers.runners:
        return kills, RESTARTS, mischief
    kills, mischief = ({kind: deck[kind] for kind in deck if "run_jobs" not in kind} for deck in (KILLS, MISCHIEF))
    return kills, RESTARTS, mischief


class Pace(NamedTuple):
    """Mean seconds between the faults of each stream, and how processes are born: the shares of those that run with
    named faults, a wrong clock, or without a handler."""

    kill: float
    restart: float
    mischief: float
    faulty: float = 0.4
    skewed: float = 0.1
    lacking: float = 0.05
    pairs: bool = False


class Nemesis:
    """`counts` are the faults that really hit; `schedule` is all of them in order. Seeded: every stream has its own
    chance, so what is done does not hang on how fast the others are."""

    def __init__(self, stores: Stores, ledger: Ledger, seed: int, pace: Pace, dispatch: str = "mixed"):
        self._stores, self._ledger, self._pace = stores, ledger, pace
        self._raw = redis.Redis.from_url(f"{stores.valkey.url}/0", socket_timeout=2)
        self._began = time.monotonic()
        self._births = random.Random(f"{seed} births")
        self._lock, self._over = RLock(), Event()
        self._stopped: dict[int, tuple[float, ExitStack]] = {}
        self._snapshot: dict[str, list[tuple[bytes, float]]] = {}
        self.counts: Counter[str] = Counter()
        self.schedule: list[dict[str, Any]] = []
        line_up = LineUp(NUMBERS[dispatch], stores.env, stores.queue_env)
        self.ticks, self.runners, self.bridges, self._workers = (
            line_up.ticks, line_up.runners, line_up.bridges, line_up.all,
        )  # fmt: skip
        for worker in self._workers:
            self._bear(worker)
        self._decks = decks(dispatch)
        streams = zip(self._decks, (pace.kill, pace.restart, pace.mischief), strict=True)
        self._threads = [
            Thread(target=self._stream, args=(weights, every, random.Random(f"{seed} {place}")), daemon=True)
            for place, (weights, every) in enumerate(streams)
        ]

    @property
    def kills(self) -> int:
        """SIGKILLs of tick and run_jobs processes from outside."""
        return self.counts["kill_tick"] + self.counts["kill_run_jobs"]

    @property
    def restarts(self) -> int:
        """Of that store that had fewer."""
        postgres = self.counts["restart_postgres"] + self.counts["restart_postgres_in_order"]
        return min(postgres, self.counts["restart_valkey"] + self.counts["restart_valkey_with_old_dump"])

    @property
    def complete(self) -> bool:
        """Every kind has hit."""
        return all(self.counts[kind] for deck in self._decks for kind in deck)

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def mend(self) -> None:
        """Let go what was stopped for long enough, and bring back processes that a fault of their own has killed."""
        self._let_go(time.monotonic())
        with self._lock:
            for worker in self._workers:
                if not worker.process.is_alive():
                    self._bear(worker)

    def end(self) -> None:
        """No more faults; everything works again."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._let_go(float("inf"))
        with suppress(redis.RedisError):
            self._raw.replicaof("NO", "ONE")
            self._raw.config_set("maxmemory", "0")

    def close(self) -> None:
        self._over.set()
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()
        self._raw.close()

    def _stream(self, weights: dict[str, int], every: float, chance: random.Random) -> None:
        # Restarts alternate; of the others each kind comes once, then by weight.
        deck = chance.sample(list(weights), len(weights))
        at = time.monotonic()
        while True:
            at = max(at + chance.uniform(0.5, 1.5) * every, time.monotonic() - every)
            if self._over.wait(max(0.0, at - time.monotonic())):
                return
            kind = deck[-1] if deck else chance.choices(list(weights), list(weights.values()))[0]
            if self._strike(kind, chance) and deck:
                deck.pop()

    def _strike(self, kind: str, chance: random.Random) -> bool:
        """Do one fault. False when it could not be done since its target was away already: then it is not counted."""
        hit = True
        try:
            getattr(self, kind)(chance)
        except MISSED:
            kind, hit = f"{kind}:missed", False
        with self._lock:
            self.counts[kind] += 1
            self.schedule.append({"at": round(time.monotonic() - self._began, 3), "fault": kind})
        return hit

    # Processes

    def _bear(self, worker: Worker) -> None:
        with self._lock:
            worker.at_work, path = processes.Event(), str(self._ledger.path)
            worker.process = start(worker.target, worker.env, path, self._traits(), worker.at_work, *worker.rest)

    def _traits(self) -> Traits:
        chance, pace = self._births, self._pace
        faults = tuple(self._fault() for _ in range(1 + pace.pairs)) if chance.random() < pace.faulty else ()
        skew = chance.choice([-HOUR, HOUR]) if chance.random() < pace.skewed else 0.0
        return Traits(faults, skew, RARE if chance.random() < pace.lacking else "")

    def _fault(self) -> tuple[str, str, int]:
        chance = self._births
        return chance.choice(PASSED), chance.choice(list(MODES)), chance.randint(1, 4)

    def kill_tick(self, chance: random.Random) -> None:
        self._kill(chance, self.ticks)

    def kill_run_jobs(self, chance: random.Random) -> None:
        self._kill(chance, self.runners)

    def _kill(self, chance: random.Random, workers: list[Worker]) -> None:
        with self._lock:
            # Who has not begun to work has nothing to lose: on a busy machine only such ones would be killed.
            at_work = [worker for worker in workers if worker.at_work.is_set() and worker.process.is_alive()]
            if not at_work:
                raise ProcessLookupError
            worker = chance.choice(at_work)
            victim = worker.process
            os.kill(victim.pid, signal.SIGKILL)
            victim.join()
            self._ledger.note("fault:kill", attempt=victim.pid)
            self._bear(worker)

    def stop_tick(self, chance: random.Random) -> None:
        """Longer than a lease: others take over, and then a zombie wakes."""
        self._stop(chance.choice(self.ticks).process.pid, chance.uniform(2.2, 4.0))

    def stop_run_jobs(self, chance: random.Random) -> None:
        """Who hands over to it waits as for a store that is away."""
        self._stop(chance.choice(self.runners).process.pid, chance.uniform(0.5, 4.0), "run_jobs")

    def drop_ticks(self, chance: random.Random) -> None:
        """No trigger at all for a while."""
        for tick in self.ticks:
            self._stop(tick.process.pid, chance.uniform(0.5, 1.5))

    def double_ticks(self, chance: random.Random) -> None:
        """A trigger that comes twice: one more tick beside each of the others, and all of them run until this ends."""
        path = str(self._ledger.path)
        with self._lock:
            more = [start(tick_always, tick.env, path, Traits(), processes.Event()) for tick in self.ticks]
        time.sleep(chance.uniform(0.3, 0.8))
        for process in more:
            process.kill()
            process.join()
            self._ledger.note("fault:kill", attempt=process.pid)

    # The queue

    def kill_bridge(self, chance: random.Random) -> None:
        """With messages in its hands, most of the time."""
        self._kill(chance, self.bridges)

    def stop_bridges(self, chance: random.Random) -> None:
        """The queue fills up, and then messages come whose jobs were taken again long ago."""
        seconds = chance.uniform(0.5, 4.0)
        for bridge in self.bridges:
            self._stop(bridge.process.pid, seconds)

    def deliver_twice(self, chance: random.Random) -> None:
        self._stores.queue.deliver_twice(chance)

    def lose_messages(self, _: random.Random) -> None:
        self._stores.queue.lose()

    def delay_messages(self, chance: random.Random) -> None:
        """Past the lease of the ids in them."""
        self._stores.queue.delay(chance.randint(3, 6))

    def fill_queue(self, _: random.Random) -> None:
        self._stores.queue.fill()

    def stop_queue(self, chance: random.Random) -> None:
        self._stop(self._stores.sqs.process.pid, chance.uniform(0.2, 2.5), "queue")

    def restart_queue(self, _: random.Random) -> None:
        """It comes back with nothing in it."""
        self._stores.restart_queue()

    # Stores

    def restart_postgres(self, _: random.Random) -> None:
        self._stores.restart_postgres(signal.SIGQUIT)

    def restart_postgres_in_order(self, _: random.Random) -> None:
        self._stores.restart_postgres(signal.SIGINT)

    def restart_valkey(self, _: random.Random) -> None:
        self._stores.restart_valkey(keep_dump=False)

    def restart_valkey_with_old_dump(self, _: random.Random) -> None:
        self._stores.restart_valkey(keep_dump=True)

    def kill_backend(self, _: random.Random) -> None:
        """SIGKILL one backend: Postgres then throws everybody out and recovers by itself."""
        os.kill(self._backend(), signal.SIGKILL)

    def stop_postgres(self, chance: random.Random) -> None:
        self._stop(self._stores.postgres.process.pid, chance.uniform(0.2, 1.5), "postgres")

    def stop_backend(self, chance: random.Random) -> None:
        self._stop(self._backend(), chance.uniform(0.5, 3.0))

    def stop_valkey(self, chance: random.Random) -> None:
        self._stop(self._stores.valkey.process.pid, chance.uniform(0.2, 3.0), "valkey")

    def stop_proxy(self, chance: random.Random) -> None:
        """Connections stay open, and nothing goes through."""
        store, proxy = chance.choice(list(self._stores.proxies.items()))
        self._stop(proxy.process.pid, chance.uniform(0.2, 2.5), store)

    def _backend(self) -> int:
        if pid := self._stores.backend():
            return pid
        raise ProcessLookupError

    def _stop(self, pid: int, seconds: float, store: str = "") -> None:
        with self._lock:
            if pid in self._stopped:
                raise ProcessLookupError
            os.kill(pid, signal.SIGSTOP)
            away = ExitStack()
            if store:
                away.enter_context(self._stores.away(store))
            self._stopped[pid] = time.monotonic() + seconds, away

    def _let_go(self, now: float) -> None:
        with self._lock:
            for pid in [pid for pid, (until, _) in self._stopped.items() if until <= now]:
                with self._stopped.pop(pid)[1], suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def cut_between_messages(self, chance: random.Random) -> None:
        """For a second, some of all messages to and from both stores are the last of their connection."""
        before = self._cuts()
        for proxy in self._stores.proxies.values():
            proxy.share.value = chance.uniform(0.01, 0.1)
        time.sleep(1)
        for proxy in self._stores.proxies.values():
            proxy.share.value = 0.0
        with self._lock:
            self.counts["connections cut between two messages"] += self._cuts() - before

    def _cuts(self) -> int:
        return sum(proxy.cuts.value for proxy in self._stores.proxies.values())

    def cut_all_connections(self, _: random.Random) -> None:
        self._raw.client_kill_filter(_type="normal", skipme=True)
        ended = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tickwork'"
        with psycopg.connect(self._stores.postgres.url, connect_timeout=2) as connection:
            connection.execute(ended)

    # The index

    def flush_all(self, _: random.Random) -> None:
        self._raw.flushall()

    def take_snapshot(self, _: random.Random) -> None:
        self._snapshot = {key: self._raw.zrange(key, 0, -1, withscores=True) for key in KEYS}
        self._raw.save()

    def restore_old_snapshot(self, _: random.Random) -> None:
        """The index as it was: finished jobs are in it again, newer ones are missing."""
        self._raw.flushall()
        for key, members in self._snapshot.items():
            if members:
                self._raw.zadd(key, dict(members))

    def write_garbage(self, chance: random.Random) -> None:
        for key in KEYS:
            members = {uuid4().bytes: chance.uniform(-1e15, 1e18) for _ in range(50)}
            self._raw.zadd(key, members | {b"not an id": 1.0, b"": 2.0})

    def wrong_type(self, chance: random.Random) -> None:
        """Until somebody removes it: all work goes on from Postgres."""
        key = chance.choice(KEYS)
        self._raw.delete(key)
        self._raw.set(key, "x")
        time.sleep(chance.uniform(0.5, 3.0))
        self._raw.delete(key)

    def read_only(self, chance: random.Random) -> None:
        with self._stores.away("valkey"):
            self._raw.replicaof("127.0.0.1", "1")
            time.sleep(chance.uniform(0.1, 0.5))
            self._raw.replicaof("NO", "ONE")

    def out_of_memory(self, chance: random.Random) -> None:
        with self._stores.away("valkey"):
            self._raw.config_set("maxmemory", "1kb")
            time.sleep(chance.uniform(0.1, 0.5))
            self._raw.config_set("maxmemory", "0")

    def flush_scripts(self, _: random.Random) -> None:
        self._raw.script_flush()
