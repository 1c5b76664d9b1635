"""How jobs could get lost, doubled or stuck, and what shows that they do not: `python -m tests.chaos.matrix` writes
docs/RELIABILITY.md.

A line of modes.txt is `what goes wrong | what shows it`. The latter is tests (`file::name`, below tests/, several with
a comma), `never: why it cannot happen here`, `choice: what is so on purpose`, or `open: what is not shown yet`.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"
MEASURED = Path(__file__).with_name("measured.json")

MODES = Path(__file__).with_name("modes.txt")


SAID = {"never: ": "Cannot happen: ", "choice: ": "On purpose: ", "open: ": "**Not shown yet**: "}


TRIES = """## What counts as a try

A job may be tried `1 + max_retries` times in a round, and no handler is started more often than that, whatever \
dies.

- A try is counted when it ends: by its outcome, or by its lease. Claimed jobs that did not get their turn and are \
released (the budget is over, SIGTERM came, a store went away) have lost none: their attempt number grows, their \
retries do not (`integration/test_tick.py::test_jobs_that_did_not_get_their_turn_are_released_unharmed`).
- Of a process that is killed nobody can say which of its claimed jobs had begun, for that would take a write before \
each start. So each job in its hands has had a try, and those were at most `MAX_BATCH` for each lane of the tick. \
With a try left it is started again when its lease ends. On its last try (`max_retries` 0, or all used up) it ends \
as failed, and the reason says `the lease expired before a result came`: it may never have begun \
(`integration/test_hardship.py::test_a_killed_process_costs_each_job_in_its_hands_a_try`). Starting it again might \
be one start more than it allows; retrying such jobs is a decision for people, who find them by that reason.
- Who has many jobs with `max_retries` 0 and sees processes killed lowers `MAX_BATCH`, and so what one death can \
cost.
- From its second expiry in a row on a job is claimed among at most 20 suspects, and alone when it may be its last \
try. So a job that kills its process ends only such neighbours with it as had fewer than two retries left \
(`integration/test_hardship.py::test_a_job_that_kills_its_function_takes_no_neighbours_along`).

"""


class Mode(NamedTuple):
    number: int
    group: str
    what: str
    shown: str

    @property
    def tests(self) -> list[str]:
        return [] if self.shown.startswith(tuple(SAID)) else [test.strip() for test in self.shown.split(",")]


def modes() -> list[Mode]:
    found: list[Mode] = []
    group = ""
    for line in MODES.read_text().splitlines():
        if line.startswith("## "):
            group = line.removeprefix("## ")
        else:
            what, shown = line.split(" | ", 1)
            found.append(Mode(len(found) + 1, group, what, shown))
    return found


def document() -> str:
    """The text of docs/RELIABILITY.md."""
    every = modes()
    never, chosen, opened = (sum(mode.shown.startswith(kind) for mode in every) for kind in SAID)
    shown = len(every) - opened - chosen - never
    head = (
        "# Reliability\n\nWritten by `python -m tests.chaos.matrix`; the matrix is tests/chaos/modes.txt.\n\n"
        "All of it at once, by chance: the campaign in [CHAOS.md](CHAOS.md).\n\n"
        f"{_measured()}{TRIES}## Failure modes\n\n{len(every)} modes: {shown} are shown by tests, "
        f"{never} cannot happen here, {chosen} are so on purpose, {opened} are not shown yet.\n"
    )
    return head + "".join(f"\n### {group}\n\n{_table(every, group)}" for group in dict.fromkeys(m.group for m in every))


def _table(every: list[Mode], group: str) -> str:
    rows = [f"| {mode.number} | {mode.what} | {_cell(mode)} |\n" for mode in every if mode.group == group]
    return "| | What goes wrong | What shows that it does no harm |\n|-:|---|---|\n" + "".join(rows)


def _cell(mode: Mode) -> str:
    if mode.tests:
        return "<br>".join(f"`{test}`" for test in mode.tests)
    kind = next(kind for kind in SAID if mode.shown.startswith(kind))
    return mode.shown.replace(kind, SAID[kind], 1)


def _measured() -> str:
    """Figures of `make measure`; each is a number, a list of texts, or a table of such."""
    if not MEASURED.exists():
        return ""
    rows = "".join(
        f"| {name.replace('_', ' ')} | {figures.pop('date')} | {_words(figures)} |\n"
        for name, figures in json.loads(MEASURED.read_text()).items()
    )
    return (
        "## Degraded operation\n\n`make measure` on two cores that had other work as well; what each means is said in "
        f"tests/chaos/measure.py.\n\n| | measured | |\n|---|---|---|\n{rows}\n"
    )


def _words(figures: dict[str, Any]) -> str:
    return (
        "<br>".join(
            f"{name.replace('_', ' ')}: {'{' + _words(value) + '}' if isinstance(value, dict) else _word(value)}"
            for name, value in figures.items()
        )
        .replace("{", "<br>")
        .replace("}", "")
    )


def _word(value: Any) -> str:
    if isinstance(value, list):
        return " → ".join(value) or "none"
    return f"{value:,}"


if __name__ == "__main__":
    (DOCS / "RELIABILITY.md").write_text(document())
