"""The fan-out's figures as a table, beside what infra/cost makes of them: `python -m tests.benchmarks.fan_out_page`
writes it anew."""

import json
import re
from typing import Any

from infra.cost.limits import limits
from tests.benchmarks.environments import ROOT

FIGURES = ROOT / "docs" / "fan-out.json"
PAGE = ROOT / "docs" / "SCALING.md"
MARK = re.compile(r"(<!-- fan_out -->\n).*(<!-- /fan_out -->)", re.DOTALL)


def publish(figures: dict[str, Any]) -> None:
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
    PAGE.write_text(page(PAGE.read_text(), figures))


def page(text: str, figures: dict[str, Any]) -> str:
    told = f"{table(figures)}\n{model(figures)}"
    return MARK.sub(lambda found: f"{found[1]}\n{told}\n{found[2]}", text)


def table(figures: dict[str, Any]) -> str:
    head = (
        f"Drained by `python -m tests.benchmarks.fan_out`, {figures['date']}, {figures['cores']} cores that had other"
        " work as well, and held Postgres, Valkey, ticks and all run_jobs: handlers of 50 ms, a tick and a shard for"
        " each run_jobs. *Ceiling* is what the handlers' waiting allows.\n\n"
        "| run_jobs | handlers at once in each | ceiling, jobs/s | jobs/s | of the ceiling | cores busy | others' |"
        " µs a job: run_jobs | ticks | Postgres | Valkey |\n| --- " + "| --- " * 10 + "|\n"
    )
    return head + "\n".join(_line(row) for row in figures["rows"]) + "\n"


def _line(row: dict[str, Any]) -> str:
    share = row["jobs_per_second"] / row["ceiling"]
    parts = [f"{row[name]:,.0f}" for name in ("run_jobs_us", "ticks_us", "postgres_us", "valkey_us")]
    rate = f"{row['ceiling']:,.0f} | {row['jobs_per_second']:,.0f} | {share:.0%}"
    busy = f"{row['cores_busy']:.1f} | {row['others_busy']:.1f}"
    return f"| {row['processes']} | {row['at_once']} | {rate} | {busy} | {' | '.join(parts)} |"


def model(figures: dict[str, Any]) -> str:
    """Where one of each part ends, by the CPU of a job in the row with most jobs a second."""
    best = max(figures["rows"], key=lambda row: row["jobs_per_second"])
    rows = [
        f"| {limit.part} | {limit.us:,.1f} | {limit.cores:g} | {limit.rate:,.0f} | {limit.then} |"
        for limit in limits(best)
    ]
    return (
        "The model behind [COST.md](COST.md) takes CPU a job and asks where one of each ends. With the figures of the"
        " row that drained most, and no other limit:\n\n"
        "| one | µs of CPU a job | cores | jobs/s at most | then |\n| --- | --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n\n"
        + check(figures)
    )


def check(figures: dict[str, Any]) -> str:
    """The model against every row but those it is told: the CPU of a job is that of one run_jobs."""
    one = {row["at_once"]: row for row in figures["rows"] if row["processes"] == 1}
    rows = [(row, one[row["at_once"]]) for row in figures["rows"] if row["processes"] > 1 and row["at_once"] in one]
    return (
        "Checked against the runs with several: the model takes the CPU of a job from the run with one run_jobs and as"
        " many handlers in it, and tells the lesser of the ceiling and what the cores that others left free allow:\n\n"
        "| run_jobs × handlers | model, jobs/s | measured | |\n| --- | --- | --- | --- |\n"
        + "\n".join(_checked(row, known, figures["cores"]) for row, known in rows)
        + "\n"
    )


def _checked(row: dict[str, Any], known: dict[str, Any], cores: int) -> str:
    each = sum(known[name] for name in ("run_jobs_us", "ticks_us", "postgres_us", "valkey_us"))
    free, rate = max(0.0, cores - row["others_busy"]), row["jobs_per_second"]
    told = min(row["ceiling"], free * 1e6 / each)
    return f"| {row['processes']} × {row['at_once']} | {told:,.0f} | {rate:,.0f} | {rate / told:.0%} |"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(), json.loads(FIGURES.read_text())))
