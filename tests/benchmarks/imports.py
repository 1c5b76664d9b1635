"""How long each function's entry file takes to import in a process of its own: `python -m tests.benchmarks.imports`.

Milliseconds, median of 5 rounds: what passes on the clock, and CPU time, which other work on the machine disturbs less.
It is the larger part of a cold start; starting Python itself is not counted.
"""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
FUNCTIONS = ROOT / "functions"
ROUNDS = 5
LIBRARIES = "import functions_framework, psycopg_pool, redis, pydantic"  # what no function can do without
PROGRAM = """
import json, sys, time
clock, cpu = time.perf_counter(), time.process_time()
{}
clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
print(json.dumps([clock * 1000, cpu * 1000, sorted(sys.modules)]))
"""


class Imported(NamedTuple):
    """What an import took, in ms of the clock and of CPU, and the names of all modules afterwards."""

    clock_ms: float
    cpu_ms: float
    modules: set[str]


def imported(code: str, folder: Path = ROOT) -> Imported:
    """Run `code` in a fresh interpreter in `folder`."""
    command = [sys.executable, "-c", PROGRAM.format(code)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    clock, cpu, modules = json.loads(done.stdout)
    return Imported(clock, cpu, set(modules))


def entry(function: str) -> Imported:
    """Import functions/<function>/main.py as its server does."""
    return imported("import main", FUNCTIONS / function)


def names() -> list[str]:
    return sorted(file.parent.name for file in FUNCTIONS.glob("*/main.py"))


def main() -> None:
    rounds = [{"the libraries": imported(LIBRARIES)} | {name: entry(name) for name in names()} for _ in range(ROUNDS)]
    print(f"| import of | ms | ms of CPU | modules |\n{'| --- ' * 4}|")
    for name in rounds[0]:
        clock = median(one[name].clock_ms for one in rounds)
        cpu = median(one[name].cpu_ms for one in rounds)
        print(f"| {name} | {clock:.0f} | {cpu:.0f} | {len(rounds[0][name].modules):,} |")


if __name__ == "__main__":
    main()
