"""Measure E: drains where future jobs wait, in turns with drains where none do, so that the hour counts for both.

`python -m tests.benchmarks.waiting 10000000` measures ours alone where so many wait, in ten minutes. It writes
build/bench/waiting.json, with BENCH_PUBLISH=1 docs/benchmarks-waiting.json too, a further line of the run's table.
"""

import json
import os
import shutil
import sys
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks.environments import BUILD, ROOT
from tests.benchmarks.program import call
from tests.benchmarks.stand import Stand, stand

NAME = "waiting.json"
PUBLISHED = ROOT / "docs" / "benchmarks-waiting.json"
FUTURE_SECONDS = 30 * 86_400
LOADED_AT_ONCE = 1_000_000
LOAD_SECONDS = 500.0
JOBS, ROUNDS = 100_000, 8


def main(waiting: int) -> None:
    folder = BUILD / "waiting"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with stand(folder) as servers:
            figures = beside_waiting(servers, "tickwork", JOBS, waiting, ROUNDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures |= {"date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")}
    for path in [BUILD / NAME, *([PUBLISHED] if os.environ.get("BENCH_PUBLISH") else [])]:
        path.write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


def beside_waiting(stand: Stand, peer: str, jobs: int, waiting: int, rounds: int) -> dict[str, Any]:
    """Jobs a second where none wait, `alone`, and `beside` as many as `waiting`; `repeated`: jobs that ran again."""
    places = {"alone": stand, "beside": stand.beside}
    figures: dict[str, Any] = {"waiting": waiting, "alone": [], "beside": [], "repeated": 0}
    for place in places.values():
        place.fresh()
        call(place, peer, "setup")
    _load(stand.beside, peer, waiting)
    for turn in range(rounds):
        for name in sorted(places, reverse=bool(turn % 2)):
            answer = _drain(places[name], peer, jobs, waiting if name == "beside" else 0)
            figures[name].append(jobs / answer["seconds"])
            figures["repeated"] += answer["repeated"]
    return figures


def published() -> list[dict[str, Any]]:
    return [json.loads(PUBLISHED.read_text())] if PUBLISHED.exists() else []


def _load(stand: Stand, peer: str, waiting: int) -> None:
    for first in range(0, waiting, LOADED_AT_ONCE):
        count = min(LOADED_AT_ONCE, waiting - first)
        call(stand, peer, "bulk", count, FUTURE_SECONDS, seconds=LOAD_SECONDS)


def _drain(stand: Stand, peer: str, jobs: int, waiting: int) -> dict[str, Any]:
    call(stand, peer, "bulk", jobs)
    stand.settle()
    return call(stand, peer, "drain", jobs, waiting)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
