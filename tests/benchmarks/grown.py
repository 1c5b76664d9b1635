"""The growth curve's far end, apart from the run: it takes a quarter of an hour and 20 GB of disk.

`python -m tests.benchmarks.grown 10000000` writes build/bench/grown.json, with BENCH_PUBLISH=1
docs/benchmarks-grown.json too, which later runs put beside their own sizes.
"""

import json
import os
import shutil
import sys
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks.environments import BUILD, ROOT
from tests.benchmarks.growth import grow
from tests.benchmarks.stand import stand

NAME = "grown.json"
PUBLISHED = ROOT / "docs" / "benchmarks-grown.json"


def main(rows: int) -> None:
    folder = BUILD / "grown"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with stand(folder) as servers:
            figures = grow(servers, rows) | {"date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for path in [BUILD / NAME, *([PUBLISHED] if os.environ.get("BENCH_PUBLISH") else [])]:
        path.write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


def further(growth: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The published far end, when `growth` does not reach so far itself."""
    if not growth or not PUBLISHED.exists():
        return []
    known = json.loads(PUBLISHED.read_text())
    return [known] if known["rows"] > growth[-1]["rows"] else []


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
