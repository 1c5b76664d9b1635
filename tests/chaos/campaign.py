"""The campaign: `python -m tests.chaos.campaign --seconds 600 --jobs 1000000 --seed 1 --out FOLDER`.

Own Postgres and Valkey, ticks and callers in processes of their own, and a nemesis that breaks all of them by a seeded
schedule. Writes schedule.json (what was done when) and verdict.json; exits with 1 when a promise was broken.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter, deque
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import psycopg
import redis

from shared.errors import Unavailable
from shared.migrate import migrate
from tests.chaos import worker
from tests.chaos.checker import Verdict, judge
from tests.chaos.ledger import Ledger
from tests.chaos.worker import Env, setting, start, tick_for
from tests.servers import start_postgres, start_valkey, stop

TICKS = 3
BATCH = 500
BACKLOG = 20_000  # callers wait while more than this is unfinished
REST_SECONDS = 180.0
FOREVER = 1e9
DURABLE = {"synchronous_commit": "on", "max_connections": "100"}
TICK_SETTINGS = {"MAX_BATCH": "500", "LEASE_SECONDS": "2"}


class Stores:
    """A Postgres and a Valkey that may be killed at any time and come back at the same address."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.postgres = start_postgres(folder / "postgres", **DURABLE)
        self.valkey = start_valkey(folder / "valkey")
        self._port = int(self.valkey.url.rpartition(":")[2])
        migrate(self.postgres.url)

    @property
    def env(self) -> Env:
        return setting(self.postgres.url, f"{self.valkey.url}/0", **TICK_SETTINGS)

    def restart_postgres(self) -> None:
        """As after a crash: nobody is waited for, and recovery runs from the log."""
        self.postgres.process.send_signal(signal.SIGQUIT)
        self.postgres.process.wait(30)
        self.postgres = start_postgres(self._folder / "postgres", **DURABLE)

    def kill_backend(self) -> None:
        """SIGKILL one backend: Postgres then throws everybody out and recovers by itself."""
        with psycopg.connect(self.postgres.url) as connection:
            found = connection.execute("select pid from pg_stat_activity where application_name = 'tickwork' limit 1")
            for (pid,) in found.fetchall():
                os.kill(pid, signal.SIGKILL)

    def restart_valkey(self) -> None:
        """SIGKILL without a snapshot: everything is gone."""
        self.valkey.process.kill()
        self.valkey.process.wait()
        self.valkey = start_valkey(self._folder / "valkey", self._port)

    def close(self) -> None:
        for server in (self.postgres, self.valkey):
            with suppress(ProcessLookupError):
                server.process.send_signal(signal.SIGCONT)
        stop(self.postgres, self.valkey)


class Nemesis:
    """Breaks things. Each method is a kind of fault; `counts` are those that really happened."""

    def __init__(self, stores: Stores, ledger: Ledger, chance: random.Random, bug: str = ""):
        self._stores, self._ledger, self._chance, self._bug = stores, ledger, chance, bug
        self._raw = redis.Redis.from_url(f"{stores.valkey.url}/0", socket_timeout=2)
        self._began = time.monotonic()
        self._stopped: deque[tuple[float, int]] = deque()
        self._snapshot: dict[str, list[tuple[bytes, float]]] = {}
        self.ticks = [self._tick() for _ in range(TICKS)]
        self.counts: Counter[str] = Counter()
        self.schedule: list[dict[str, Any]] = []

    def _tick(self) -> Any:
        return start(tick_for, FOREVER, self._stores.env, str(self._ledger.path), self._bug)

    def strike(self, kind: str) -> bool:
        """Do one fault. False when it could not be done since its target was away already: then it is not counted."""
        hit = True
        try:
            getattr(self, kind)()
        except (redis.RedisError, psycopg.Error, ProcessLookupError):
            kind, hit = f"{kind}:missed", False
        else:
            self._ledger.note(f"nemesis:{kind}")
        self.counts[kind] += 1
        self.schedule.append({"at": round(time.monotonic() - self._began, 3), "fault": kind})
        return hit

    def let_go(self, everything: bool = False) -> None:
        """Continue what has been stopped for long enough."""
        while self._stopped and (everything or self._stopped[0][0] <= time.monotonic()):
            with suppress(ProcessLookupError):
                os.kill(self._stopped.popleft()[1], signal.SIGCONT)

    def kill_tick(self) -> None:
        place = self._chance.randrange(len(self.ticks))
        victim = self.ticks[place]
        victim.kill()
        victim.join()
        self._ledger.note("fault:kill", attempt=victim.pid)
        self.ticks[place] = self._tick()

    def stop_tick(self) -> None:
        """Longer than a lease: others take over, and then a zombie wakes."""
        self._stop(self._chance.choice(self.ticks).pid, self._chance.uniform(2.2, 4.0))

    def stop_postgres(self) -> None:
        self._stop(self._stores.postgres.process.pid, self._chance.uniform(0.2, 1.5))

    def stop_valkey(self) -> None:
        self._stop(self._stores.valkey.process.pid, self._chance.uniform(0.2, 3.0))

    def _stop(self, pid: int, seconds: float) -> None:
        os.kill(pid, signal.SIGSTOP)
        self._stopped.append((time.monotonic() + seconds, pid))
        self._stopped = deque(sorted(self._stopped))

    def extra_tick(self) -> None:
        """A trigger that comes twice: one more tick beside the others."""
        start(tick_for, 0.3, self._stores.env, str(self._ledger.path), self._bug)

    def drop_ticks(self) -> None:
        """No trigger at all for a while."""
        for tick in self.ticks:
            self._stop(tick.pid, 1.0)

    def restart_postgres(self) -> None:
        self.let_go(everything=True)
        self._stores.restart_postgres()

    def kill_backend(self) -> None:
        self._stores.kill_backend()

    def restart_valkey(self) -> None:
        self.let_go(everything=True)
        self._stores.restart_valkey()

    def flush_all(self) -> None:
        self._raw.flushall()

    def take_snapshot(self) -> None:
        self._snapshot = {key: self._raw.zrange(key, 0, -1, withscores=True) for key in self._sets()}

    def restore_old_snapshot(self) -> None:
        """The index as it was: finished jobs are in it again, newer ones are missing."""
        self._raw.flushall()
        for key, members in self._snapshot.items():
            if members:
                self._raw.zadd(key, dict(members))

    def write_garbage(self) -> None:
        for key in self._sets():
            members = {uuid4().bytes: self._chance.uniform(-1e15, 1e18) for _ in range(50)}
            self._raw.zadd(key, members | {b"not an id": 1.0, b"": 2.0})

    def wrong_type(self) -> None:
        key = self._chance.choice(self._sets())
        self._raw.delete(key)
        self._raw.set(key, "x")

    def read_only(self) -> None:
        self._raw.replicaof("127.0.0.1", "1")
        time.sleep(self._chance.uniform(0.1, 0.5))
        self._raw.replicaof("NO", "ONE")

    def out_of_memory(self) -> None:
        self._raw.config_set("maxmemory", "1kb")
        time.sleep(self._chance.uniform(0.1, 0.5))
        self._raw.config_set("maxmemory", "0")

    def flush_scripts(self) -> None:
        self._raw.script_flush()

    def cut_connections(self) -> None:
        """Every connection to both stores ends between any two messages."""
        self._raw.client_kill_filter(_type="normal", skipme=True)
        with psycopg.connect(self._stores.postgres.url) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tickwork'"
            )

    def _sets(self) -> list[str]:
        return [f"tickwork:{{0}}:{name}" for name in ("scheduled", "ready", "leased")]

    def heal(self) -> None:
        self.let_go(everything=True)
        with suppress(redis.RedisError):
            self._raw.replicaof("NO", "ONE")
            self._raw.config_set("maxmemory", "0")

    def close(self) -> None:
        self._raw.close()
        for tick in self.ticks:
            tick.kill()
            tick.join()


# How often each kind comes, against the others.
WEIGHTS = {
    "kill_tick": 60, "stop_tick": 4, "stop_postgres": 2, "stop_valkey": 2, "extra_tick": 6, "drop_ticks": 1,
    "restart_postgres": 3, "kill_backend": 2, "restart_valkey": 3, "flush_all": 3, "take_snapshot": 3,
    "restore_old_snapshot": 3, "write_garbage": 3, "wrong_type": 2, "read_only": 2, "out_of_memory": 2,
    "flush_scripts": 3, "cut_connections": 3,
}  # fmt: skip


def call_for(seconds: float, jobs: int, seed: int, env: Env, path: str, bug: str, pace: float) -> None:
    """The caller: creates in batches, `pace` jobs a second at most, cancels and retries some, waits when too much is
    unfinished."""
    worker.prepare(env, path, bug)
    chance, caller = random.Random(seed), worker.Caller()
    began, recent, made = time.monotonic(), deque(maxlen=400), 0  # type: ignore[var-annotated]
    until = began + seconds
    while time.monotonic() < until and made < jobs:
        with suppress(Unavailable):
            if made > pace * (time.monotonic() - began) or worker.unfinished(env["DATABASE_URL"]) > BACKLOG:
                time.sleep(0.1)
                continue
            size = min(BATCH, jobs - made)
            ids = caller.create(size, max_retries=100, delay=chance.choice([0, 0, 0.5]), seconds=chance.choice(PACES))
            made += size
            slow = caller.create(2, max_retries=100, seconds=0.3)
            made += len(slow)
            recent.extend(chance.sample(ids, min(10, size)))
            for id in chance.sample(list(recent), 3):
                caller.cancel(id)
            caller.retry(chance.choice(list(recent)))


PACES = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.002]  # how long handlers take, seconds


def run(
    folder: Path, seconds: float, jobs: int, seed: int, every: float, bug: str = "", pace: float = 1e9
) -> dict[str, Any]:
    """One campaign; returns what verdict.json holds."""
    began = time.monotonic()
    chance, ledger = random.Random(seed), Ledger(folder / "ledger")
    stores = Stores(folder)
    nemesis = Nemesis(stores, ledger, chance, bug)
    deck = chance.sample(list(WEIGHTS), len(WEIGHTS))  # each kind once, then by weight
    caller = start(call_for, seconds, jobs, seed, stores.env, str(ledger.path), bug, pace)
    try:
        while caller.is_alive():
            time.sleep(chance.uniform(0, 2 * every))
            nemesis.let_go()
            kind = deck[-1] if deck else chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            if nemesis.strike(kind) and deck:
                deck.pop()
        nemesis.heal()
        healed = time.monotonic()
        rested = _rest(stores.postgres.url, healed + REST_SECONDS)
        for tick in nemesis.ticks:
            tick.kill()
        result = judge(ledger.path, stores.postgres.url)
    finally:
        caller.kill()
        caller.join()
        nemesis.close()
        stores.close()
    (folder / "schedule.json").write_text(json.dumps({"seed": seed, "faults": nemesis.schedule}))
    return _answer(result, nemesis.counts, seed, bug, rested - healed, time.monotonic() - began)


def _rest(dsn: str, until: float) -> float:
    while time.monotonic() < until and worker.unfinished(dsn):
        time.sleep(0.1)
    return time.monotonic()


def _answer(result: Verdict, counts: Counter[str], seed: int, bug: str, drained: float, wall: float) -> dict[str, Any]:
    broken = {name: len(value) for name, value in result._asdict().items() if isinstance(value, list)}
    rest = {name: value for name, value in result._asdict().items() if not isinstance(value, list)}
    rest["faults"] = dict(sorted(counts.items()))
    examples = {name: value[:5] for name, value in result.breaches.items()}
    head = {"green": not result.breaches, "seed": seed, "bug": bug, "wall_seconds": round(wall, 1)}
    return head | {"breaches": broken, "examples": examples, "drained_seconds": round(drained, 1)} | rest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--every", type=float, default=0.4, help="mean seconds between faults")
    parser.add_argument("--pace", type=float, default=1e9, help="jobs created a second, at most")
    parser.add_argument("--out", type=Path, required=True, help="where schedule.json and verdict.json go")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="tickwork-chaos-"))
    answer = run(folder, chosen.seconds, chosen.jobs, chosen.seed, chosen.every, pace=chosen.pace)
    shutil.copy(folder / "schedule.json", chosen.out)
    if answer["green"]:
        shutil.rmtree(folder)
    else:
        print(f"the ledger, the logs and the stores are in {folder}", file=sys.stderr)
    (chosen.out / "verdict.json").write_text(json.dumps(answer, indent=2) + "\n")
    print(json.dumps(answer, indent=2))
    sys.exit(not answer["green"])


if __name__ == "__main__":
    main()
