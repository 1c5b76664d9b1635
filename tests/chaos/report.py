"""What the chaos found: `python -m tests.chaos.report` writes docs/CHAOS.md from verdict.json and the tests."""

import json
from pathlib import Path
from typing import Any

from tests.chaos.nemesis import PASSED, QUEUE_MISCHIEF, decks
from tests.chaos.test_fault_points import BY_SQS, HAND_OVER, IN_RUN_JOBS, LIVES
from tests.chaos.test_seeded_bugs import CASES
from tests.chaos.worker import MODES

DOCUMENT = Path(__file__).parents[2] / "docs" / "CHAOS.md"
VERDICT = Path(__file__).with_name("verdict.json")
EACH = {name: VERDICT.with_name(f"verdict-{name}.json") for name in ("local", "http", "sqs")}
EACH_RUN = "90 seconds, 100 kills and six restarts of each store among them"
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
    "recovery_p50": (
        "Seconds from the last death of who held the job to that start, less outages of stores, queue and run_jobs, p50"
    ),
    "recovery_p99": "the same, p99",
    "recovery_raw_p50": "The same from the first of several deaths in a row, and with the outages, p50",
    "recovery_raw_p99": "the same with the outages, p99",
    "recovery_bound": "Aim for the p99: lease + tick + 1",
    "drained_seconds": "Seconds from the last fault until every job was final",
    "wall_seconds": "Wall time, seconds",
    "load_average": "Load average of five minutes at the end, other work of the machine included",
    "seed": "Seed",
}


def document() -> str:
    """The text of docs/CHAOS.md."""
    return (
        "# Chaos\n\nWritten by `python -m tests.chaos.report`.\n\n"
        f"{_campaign(json.loads(VERDICT.read_text()))}\n{_each()}{_how()}\n{_bugs()}\n{_points()}"
    )


def _campaign(verdict: dict[str, Any]) -> str:
    facts = {label: verdict[name] for name, label in FIGURES.items() if name in verdict}
    broken = {_words(name): n for name, n in verdict["breaches"].items()}
    faults = {_words(name): n for name, n in verdict["faults"].items() if not name.endswith(":missed")}
    return (
        f"## The latest campaign\n\n{aim(verdict)}\n\n{_rows('', facts)}\n"
        f"Breaches, of which there may be none:\n\n{_rows('', broken)}\n"
        f"Faults that hit (those that found their target away already are not counted):\n\n{_rows('Fault', faults)}"
    )


def aim(verdict: dict[str, Any]) -> str:
    p99, bound = verdict["recovery_p99"] or 0.0, verdict["recovery_bound"]
    end = "met" if p99 <= bound else f"missed by {p99 - bound:.1f} s"
    return f"Run on {verdict['date']}. The aim for recovery, {bound:g} s at p99, was {end}."


def _each() -> str:
    """The short campaigns in which all ticks hand over in one way."""
    verdicts = {name: json.loads(path.read_text()) for name, path in EACH.items() if path.exists()}
    if not verdicts:
        return ""
    days = " and ".join(sorted({verdict["date"] for verdict in verdicts.values()}))
    rows = "".join(
        f"| {label} | {' | '.join(_figure(verdict, name) for verdict in verdicts.values())} |\n"
        for name, label in [
            *((name, label) for name, label in FIGURES.items() if name in EACH_FIGURES),
            *((f"breaches {name}", f"Breach: {_words(name)}") for name in next(iter(verdicts.values()))["breaches"]),
            *((f"faults {name}", f"Fault: {_words(name)}") for name in QUEUE_MISCHIEF),
        ]
    )
    return (
        "## Each dispatch alone\n\nIn the campaign above ticks differ in how they get their jobs run. Here all of one"
        f" campaign do the same (`make chaos-each`, {EACH_RUN}; run on {days}). Where all batches are handed over, one"
        " more lease is allowed for: a rescued job may be on its way to a run_jobs that is frozen, or in a message that"
        " gets lost. What recovery takes hangs on how busy the machine is, the breaches do not."
        ' `make chaos-short CHAOS_ARGS="--dispatch sqs"` does the same for ten minutes.\n\n'
        f"| | {' | '.join(verdicts)} |\n|---|{'-:|' * len(verdicts)}\n{rows}\n"
    )


EACH_FIGURES = {
    "jobs", "starts", "stale_writes_refused", "cancels", "sigkills", "recoveries", "recovery_p50", "recovery_p99",
    "recovery_raw_p99", "recovery_bound", "drained_seconds", "wall_seconds", "load_average",
}  # fmt: skip


def _figure(verdict: dict[str, Any], name: str) -> str:
    """`name` may be `breaches NAME` or `faults NAME`, too."""
    group, _, kind = name.partition(" ")
    return format(verdict[group].get(kind, 0) if kind else verdict.get(name, 0), ",")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _rows(head: str, facts: dict[str, Any]) -> str:
    rows = "".join(f"| {name} | {value if name == 'Seed' else format(value, ',')} |\n" for name, value in facts.items())
    return f"| {head} | |\n|---|-:|\n{rows}"


def _how() -> str:
    kinds = ", ".join(_words(kind) for deck in decks("mixed") for kind in deck)
    return (
        "## How it is done\n\n"
        "`make chaos` runs it for half an hour, `make chaos-short` for ten, and `make test` for half of one. It starts"
        " a Postgres, a Valkey and an SQS (moto's server) of its own, three ticks (one runs its jobs itself, one hands"
        " over to run_jobs by HTTP, one through the queue), two run_jobs, the bridge of `make up` from the queue to it,"
        " and a caller that creates, cancels and retries. Everything reaches the stores through proxies that can cut a"
        " connection before or after any message. Three seeded streams break things at once: kills, restarts of the"
        f" stores, and mischief. Kinds: {kinds}; besides processes whose clock is an hour off, deploys that do not know"
        f" a type, and processes that break themselves at {len(PASSED)} named points.\n\n"
        "Callers and handlers write what they were told and what they did into a file that no store knows of; the"
        " verdict compares it with the tables. In the end the index is emptied, and one tick must make it as the rows"
        " say: waiting, ready and leased.\n"
    )


def _bugs() -> str:
    rows = "".join(
        f"| {_words(case.bug)} | {case.dispatch} | {(case.provoke.__doc__ or '').strip()} | {_words(case.breach)} |\n"
        for case in CASES
    )
    return (
        "## The harness proves itself\n\nEach bug is put into the code, the same checker must turn red, and green"
        " without it (`tests/chaos/test_seeded_bugs.py`).\n\n"
        f"| Bug | Dispatch | How it is met | Breach |\n|---|---|---|---|\n{rows}"
    )


def _points() -> str:
    modes = ", ".join(MODES)
    rows = "".join(
        f"| `{point}` | {_yes(point in LIVES)} {_yes(point in HTTP)} {_yes(point in BY_SQS)}\n"
        for point in [*LIVES, *HAND_OVER]
    )
    return (
        "## Named faults\n\nEvery point is met in each of these ways (`tests/chaos/test_fault_points.py`): "
        f"{modes}. `lost`: what was asked for has happened, and the answer does not come. With http and sqs the"
        " handing over breaks in the tick, all else in run_jobs; behind the queue run_jobs is the same as behind HTTP,"
        f" so only some points are met there too.\n\n| Point | local | http | sqs |\n|---|---|---|---|\n{rows}"
    )


HTTP = (*HAND_OVER, *IN_RUN_JOBS)


def _yes(met: bool) -> str:
    return "yes |" if met else "|"


if __name__ == "__main__":
    DOCUMENT.write_text(document())
