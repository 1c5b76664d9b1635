"""The campaign: `python -m tests.chaos.campaign --jobs 1000000 --kills 3000 --restarts 100 --out FOLDER`.

Own Postgres and Valkey, ticks, run_jobs and callers in processes of their own, and a nemesis that breaks all of them by
a seeded schedule. Writes schedule.json (what was done when) and verdict.json; exits with 1 when a promise was broken.
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
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

from tests.chaos import worker
from tests.chaos.checker import Verdict, judge
from tests.chaos.ledger import Ledger
from tests.chaos.line_up import NUMBERS
from tests.chaos.nemesis import Nemesis, Pace
from tests.chaos.stores import Stores
from tests.chaos.worker import RARE, Env, compare_index, start
from tickwork.core.errors import Unavailable

BATCH = 500
BACKLOG = 5_000  # callers wait while more than this is unfinished
REST_SECONDS = 180.0
MEND_SECONDS = 0.05
PLANNED = 0.8  # of the time that is allowed: outages cost some
MARGIN = 1.05  # of kills and restarts: some do not hit
TICK_SECONDS = 1.0  # a tick takes new jobs for this long, and the next one follows at once
SETTINGS = {"LEASE_SECONDS": "2", "TICK_BUDGET_SECONDS": str(TICK_SECONDS)}
LEASE_SECONDS = float(SETTINGS["LEASE_SECONDS"])
BOUND = LEASE_SECONDS + TICK_SECONDS + 1  # of the recovery's p99, seconds


class Plan(NamedTuple):
    """What a campaign is to reach. It ends when all of it is reached, or after `seconds`; after twice as many when some
    kind of fault has not hit before."""

    seconds: float
    jobs: int
    kills: int
    restarts: int  # of each store
    mischief: float = 2.0  # mean seconds between the other faults
    pairs: bool = False
    dispatch: str = "mixed"

    @property
    def bound(self) -> float:
        """Where all batches are handed over, a rescued job may be on its way to a run_jobs that is frozen, or in a
        message that gets lost: that costs one more lease."""
        return BOUND + LEASE_SECONDS * (self.dispatch in ("http", "sqs"))

    @property
    def pace(self) -> Pace:
        planned = self.seconds * PLANNED / MARGIN
        return Pace(planned / self.kills, planned / (2 * self.restarts), self.mischief, pairs=self.pairs)


def call(plan: Plan, seed: int, env: Env, path: str) -> None:
    """The caller: creates in batches, evenly over the planned time, cancels and retries some, waits when too much is
    unfinished."""
    worker.prepare(env, path)
    chance, caller = random.Random(f"{seed} caller"), worker.Caller()
    began, recent, made = time.monotonic(), deque(maxlen=400), 0  # type: ignore[var-annotated]
    while made < plan.jobs and (elapsed := time.monotonic() - began) < plan.seconds:
        with suppress(Unavailable):
            if made > plan.jobs * elapsed / (PLANNED * plan.seconds) or _unfinished(env) > BACKLOG:
                time.sleep(0.05)
                continue
            size = min(BATCH, plan.jobs - made)
            ids = caller.create(size, max_retries=100, delay=chance.choice([0, 0, 0.5]), seconds=chance.choice(PACES))
            made += size
            slow = caller.create(3, max_retries=100, seconds=0.3) + caller.create(2, max_retries=100, type=RARE)
            made += len(slow)
            recent.extend(chance.sample(ids, min(10, size)))
            for id in chance.sample(list(recent), 3):
                caller.cancel(id)
            caller.retry(chance.choice(list(recent)))


PACES = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.002]  # how long handlers take, seconds


def _unfinished(env: Env) -> int:
    return worker.unfinished(env["DATABASE_URL"])


def run(folder: Path, plan: Plan, seed: int) -> dict[str, Any]:
    """One campaign; returns what verdict.json holds."""
    began = time.monotonic()
    ledger = Ledger(folder / "ledger")
    stores = Stores(folder, ledger, seed, SETTINGS, NUMBERS[plan.dispatch].queue)
    nemesis = Nemesis(stores, ledger, seed, plan.pace, plan.dispatch)
    caller = start(call, plan, seed, stores.env, str(ledger.path))
    try:
        nemesis.begin()
        _last(plan, nemesis, caller)
        nemesis.end()
        healed = time.monotonic()
        rested = _rest(stores, nemesis, healed + REST_SECONDS)
        nemesis.close()
        start(compare_index, stores.env, str(ledger.path)).join(60)
        result = judge(ledger.path, stores.postgres.url)
    finally:
        caller.kill()
        caller.join()
        nemesis.close()
        stores.close()
    (folder / "schedule.json").write_text(json.dumps({"seed": seed, "faults": nemesis.schedule}))
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    said = {"date": today, "dispatch": plan.dispatch, "seed": seed, "recovery_bound": plan.bound}
    return said | _answer(result, nemesis.counts, plan.bound, rested - healed, time.monotonic() - began)


def _last(plan: Plan, nemesis: Nemesis, caller: Any) -> None:
    began = time.monotonic()
    while time.monotonic() < began + plan.seconds * (1 if nemesis.complete else 2):
        nemesis.mend()
        reached = nemesis.kills >= plan.kills and nemesis.restarts >= plan.restarts and nemesis.complete
        if reached and not caller.is_alive():
            return
        caller.join(MEND_SECONDS)
        time.sleep(0 if caller.is_alive() else MEND_SECONDS)
    caller.join(10)


def _rest(stores: Stores, nemesis: Nemesis, until: float) -> float:
    while time.monotonic() < until and worker.unfinished(stores.postgres.url):
        nemesis.mend()
        time.sleep(0.1)
    return time.monotonic()


def _answer(result: Verdict, counts: Counter[str], bound: float, drained: float, wall: float) -> dict[str, Any]:
    broken = {name: len(value) for name, value in result._asdict().items() if isinstance(value, list)}
    rest = {name: value for name, value in result._asdict().items() if not isinstance(value, list)}
    head = {
        "green": not result.breaches,
        "recovered_in_time": (result.recovery_p99 or 0) <= bound,
        "wall_seconds": round(wall, 1),
        "load_average": round(os.getloadavg()[1], 1),
        "sigkills": counts["kill_tick"] + counts["kill_run_jobs"] + result.point_kills,
        "breaches": broken,
        "examples": {name: value[:5] for name, value in result.breaches.items()},
        "drained_seconds": round(drained, 1),
    }
    return head | rest | {"faults": dict(sorted((counts + Counter(result.faults)).items()))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=1650, help="it is over then, whatever was reached")
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=3000, help="of tick and run_jobs processes, at least")
    parser.add_argument("--restarts", type=int, default=100, help="of each store, at least")
    parser.add_argument("--mischief", type=float, default=2.0, help="mean seconds between faults of other kinds")
    parser.add_argument("--pairs", action="store_true", help="named faults come in pairs")
    parser.add_argument("--dispatch", choices=list(NUMBERS), default="mixed", help="who runs the batches of ticks")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--out", type=Path, required=True, help="where schedule.json and verdict.json go")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that processes and servers end with us
    chosen.out.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="tickwork-chaos-"))
    plan = Plan(
        chosen.seconds, chosen.jobs, chosen.kills, chosen.restarts, chosen.mischief, chosen.pairs, chosen.dispatch
    )
    print(f"seed {chosen.seed}, {plan}", file=sys.stderr)
    answer = run(folder, plan, chosen.seed)
    shutil.copy(folder / "schedule.json", chosen.out)
    if answer["green"]:
        shutil.rmtree(folder)
    else:
        print(f"the ledger, the logs and the stores are in {folder}", file=sys.stderr)
    (chosen.out / "verdict.json").write_text(json.dumps(answer, indent=2) + "\n")
    print(json.dumps(answer, indent=2))
    sys.exit(not (answer["green"] and answer["recovered_in_time"]))


if __name__ == "__main__":
    main()
