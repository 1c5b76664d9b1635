"""`make bench`: ours and the peers in one run, on servers of its own. Leaves tables, JSON and a chart in build/bench.

BENCH_QUICK=1  five minutes, small counts, one round        BENCH_LONG=1  ten million waiting jobs, hours
BENCH_PEERS=rq,huey  only these beside ours ("none": ours)  BENCH_PUBLISH=1  also into docs/
BENCH_SECONDS=900  begins nothing new after this
"""

import json
import os
import platform
import re
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import redis

from tests.benchmarks import curves
from tests.benchmarks.chart import svg
from tests.benchmarks.environments import BUILD, ROOT, versions
from tests.benchmarks.grown import further
from tests.benchmarks.report import markdown
from tests.benchmarks.run import Run, say
from tests.benchmarks.sizes import FULL, LONG, PEERS, QUICK
from tests.benchmarks.stand import Stand, stand

DOCUMENT = ROOT / "docs" / "BENCHMARKS.md"
CHARTS = """![Jobs a second, beside the peers](benchmarks.svg)

![Figures as the table grows](benchmarks-growth.svg)
"""
MARK = re.compile(r"(<!-- results -->\n).*(<!-- /results -->)", re.DOTALL)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended with us
    sizes = QUICK if os.environ.get("BENCH_QUICK") else LONG if os.environ.get("BENCH_LONG") else FULL
    sizes = sizes._replace(seconds=float(os.environ.get("BENCH_SECONDS", sizes.seconds)))
    peers = ["tickwork", *_chosen(os.environ.get("BENCH_PEERS", ""))]
    BUILD.mkdir(parents=True, exist_ok=True)
    folder = BUILD / "run"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with stand(folder) as servers:
            machine = _machine(servers) | {"rounds": sizes.repetitions, "share_of_full_size": sizes.share}
            run = Run(servers, sizes, peers)
            try:
                run.all()
            finally:  # an interrupted run has its figures too
                _write(run.results | {"machine": machine}, {peer: versions(peer) for peer in peers})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _chosen(names: str) -> list[str]:
    return PEERS if not names else [name for name in PEERS if name in names.split(",")]


def _write(results: dict[str, Any], pinned: dict[str, str]) -> None:
    results["growth"] = results["growth"] + further(results["growth"])
    tables = f"{_heading(results['machine'])}\n\n{markdown(results, pinned)}"
    _into(BUILD, results, tables)
    print(tables)
    if os.environ.get("BENCH_PUBLISH"):
        _into(ROOT / "docs", results, None)
        told = f"{CHARTS}\n{tables}"
        DOCUMENT.write_text(MARK.sub(lambda found: f"{found[1]}\n{told}\n{found[2]}", DOCUMENT.read_text()))
    say(f"tables, JSON and chart are in {BUILD.relative_to(ROOT)}")


def _into(folder: Path, results: dict[str, Any], tables: str | None) -> None:
    (folder / "benchmarks.json").write_text(json.dumps(results, indent=1) + "\n")
    (folder / "benchmarks.svg").write_text(svg(results, _heading(results["machine"])))
    if results["growth"]:
        (folder / "benchmarks-growth.svg").write_text(curves.svg(results["growth"]))
    if tables:
        (folder / "benchmarks.md").write_text(tables)


def _heading(machine: dict[str, Any]) -> str:
    return (
        f"{machine['date']}, {machine['cores']} cores, {machine['memory_gib']} GiB, Postgres {machine['postgres']}"
        f" (fsync, synchronous_commit and full_page_writes on), Valkey {machine['valkey']} (appendonly), Python"
        f" {machine['python']}; median (min–max) of {machine['rounds']}"
    )


def _machine(servers: Stand) -> dict[str, Any]:
    with servers.connect("postgres") as connection, redis.Redis.from_url(servers.valkey.url) as valkey:
        info = valkey.info("server")
        return {
            "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
            "postgres": connection.info.parameter_status("server_version"),
            "valkey": info.get("valkey_version", info["redis_version"]),
            "python": platform.python_version(),
        }


if __name__ == "__main__":
    main()
