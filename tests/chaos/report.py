"""What the chaos found: `python -m tests.chaos.report` writes docs/CHAOS.md from verdict.json and the tests."""

import json
from pathlib import Path
from typing import Any

from tests.chaos.nemesis import KILLS, MISCHIEF, PASSED, RESTARTS
from tests.chaos.test_fault_points import IN_RUN_JOBS, LIVES
from tests.chaos.test_seeded_bugs import TABLE
from tests.chaos.worker import MODES

DOCUMENT = Path(__file__).parents[2] / "docs" / "CHAOS.md"
VERDICT = Path(__file__).with_name("verdict.json")
FIGURES = {
    "jobs": "Jobs acknowledged",
    "starts": "Handler starts",
    "further_starts": "… of them of a job that had started before (allowed: at least once)",
    "duplicate_effects": "Effects beyond a job's first (allowed, and why handlers get an idempotency key)",
    "stale_writes_refused": "Late results that the fence refused",
    "cancels": "Cancels acknowledged",
    "sigkills": "SIGKILLs of tick and run_jobs processes",
    "pairs": "Different pairs of named faults that met in one process",
    "recoveries": "Jobs started again after a death",
    "recovery_p50": "Seconds from the last death of who held the job to that start, less outages of the stores, p50",
    "recovery_p99": "the same, p99",
    "recovery_raw_p50": "The same from the first of several deaths in a row, and with the outages, p50",
    "recovery_raw_p99": "the same with the outages, p99",
    "recovery_bound": "Aim for the p99: lease + tick + 1",
    "drained_seconds": "Seconds from the last fault until every job was final",
    "wall_seconds": "Wall time, seconds",
    "seed": "Seed",
}


def document() -> str:
    """The text of docs/CHAOS.md."""
    return (
        "# Chaos\n\nWritten by `python -m tests.chaos.report`.\n\n"
        f"{_campaign(json.loads(VERDICT.read_text()))}\n{_how()}\n{_bugs()}\n{_points()}"
    )


def _campaign(verdict: dict[str, Any]) -> str:
    facts = {label: verdict[name] for name, label in FIGURES.items() if name in verdict}
    broken = {name.replace("_", " "): n for name, n in verdict["breaches"].items()}
    faults = {name.replace("_", " "): n for name, n in verdict["faults"].items() if not name.endswith(":missed")}
    return (
        f"## The latest campaign\n\n{_rows('', facts)}\nBreaches, of which there may be none:\n\n{_rows('', broken)}\n"
        f"Faults that hit (those that found their target away already are not counted):\n\n{_rows('Fault', faults)}"
    )


def _rows(head: str, facts: dict[str, Any]) -> str:
    rows = "".join(f"| {name} | {value if name == 'Seed' else format(value, ',')} |\n" for name, value in facts.items())
    return f"| {head} | |\n|---|-:|\n{rows}"


def _how() -> str:
    kinds = ", ".join(kind.replace("_", " ") for kind in [*KILLS, *RESTARTS, *MISCHIEF])
    return (
        "## How it is done\n\n"
        "`make chaos` runs it for half an hour, `make chaos-short` for ten, and `make test` for half of one. It starts"
        " a Postgres and a Valkey of its own, three ticks (one hands over to run_jobs by HTTP), run_jobs, and a caller"
        " that creates, cancels and retries. Everything reaches the stores through proxies that can cut a connection"
        " before or after any message. Three seeded streams break things at once: kills, restarts of the stores, and"
        f" mischief. Kinds: {kinds}; besides processes whose clock is an hour off, deploys that do not know a type, and"
        f" processes that break themselves at {len(PASSED)} named points.\n\n"
        "Callers and handlers write what they were told and what they did into a file that no store knows of; the"
        " verdict compares it with the tables. In the end the index is emptied, and one tick must make it as the rows"
        " say: waiting, ready and leased.\n"
    )


def _bugs() -> str:
    rows = "".join(
        f"| {bug.replace('_', ' ')} | {(provoke.__doc__ or '').strip()} | {breach.replace('_', ' ')} |\n"
        for bug, (provoke, breach) in TABLE.items()
    )
    return (
        "## The harness proves itself\n\nEach bug is put into the code, the same checker must turn red, and green"
        f" without it (`tests/chaos/test_seeded_bugs.py`).\n\n| Bug | How it is met | Breach |\n|---|---|---|\n{rows}"
    )


def _points() -> str:
    modes = ", ".join(MODES)
    rows = "".join(f"| `{point}` | {'yes' if point in IN_RUN_JOBS else ''} |\n" for point in LIVES)
    return (
        "## Named faults\n\nEvery point is met in each of these ways (`tests/chaos/test_fault_points.py`): "
        f"{modes}. `lost`: what was asked for has happened, and the answer does not come.\n\n"
        f"| Point | also within run_jobs |\n|---|---|\n{rows}| `hand_over.before` | |\n| `hand_over.answered` | |\n"
    )


if __name__ == "__main__":
    DOCUMENT.write_text(document())
