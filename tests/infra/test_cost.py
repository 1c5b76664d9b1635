"""docs/COST.md is what was measured and the prices make of it, and what was measured is still true."""

import json
import subprocess
import sys
from itertools import pairwise
from typing import Any

import pytest

from infra.cost.measured import MEASURED, measured
from infra.cost.model import TICKS, Assumed, idle, million, tiers
from infra.cost.page import PAGE, REASONS, page
from infra.cost.prices import PRICES, cost
from infra.render import ROOT


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    """A small measurement of today's code, in a process of its own."""
    command = [sys.executable, "-m", "tests.infra.measuring", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def then() -> dict[str, Any]:
    return dict(json.loads(MEASURED.read_text()))


def test_a_hundred_idle_ticks_are_a_hundred_commands_and_no_sql(now: dict[str, Any]) -> None:
    assert (now["idle_tick"]["commands"], now["idle_tick"]["statements"]) == (1, 0)


@pytest.mark.parametrize("what", ["create", "create_batch", "idle_tick", "minute"])
def test_commands_and_statements_are_as_published(what: str, now: dict[str, Any], then: dict[str, Any]) -> None:
    for unit in ("commands", "statements"):
        assert now[what][unit] == pytest.approx(then[what][unit], rel=0.25, abs=0.001), f"run: {REMEASURE}"


def test_a_job_shares_its_commands_and_statements_with_its_batch(now: dict[str, Any]) -> None:
    assert now["run"]["commands"] < 0.05
    assert now["run"]["statements"] < 0.05


def test_a_finished_job_is_as_large_as_published(now: dict[str, Any], then: dict[str, Any]) -> None:
    assert now["bytes"] == pytest.approx(then["bytes"], rel=0.35)


REMEASURE = "python -m tests.infra.measuring && python -m infra.cost"


def test_the_page_is_what_the_figures_make_of_it() -> None:
    assert PAGE.read_text() == page(), "run: python -m infra.cost"


def test_every_price_says_where_it_is_from_and_every_assumption_why() -> None:
    assert all(price.source and price.seen and price.usd > 0 for price in PRICES.values())
    assert set(REASONS) == set(Assumed._fields)


def test_free_amounts_are_taken_off_and_never_below_nothing() -> None:
    assert cost("sqs", 1_500_000, free=True) == pytest.approx(0.2)
    assert cost("sqs", 500_000, free=True) == 0
    assert cost("sqs", 1_500_000) == pytest.approx(0.6)


def test_idle_ticks_cost_upstash_one_command_each_and_the_minutes_theirs() -> None:
    google, *_ = idle(measured(), Assumed(), free=True)
    assert google.redis == pytest.approx(cost("upstash", TICKS + 43_200 * (measured().minute.commands - 1)))


def test_batches_are_cheaper_than_single_calls_and_handlers_dearer_than_none() -> None:
    single, batches = (million(measured(), Assumed(), 0, one) for one in (True, False))
    waiting = million(measured(), Assumed(), 50, False)
    for one, many, slow in zip(single, batches, waiting, strict=True):
        assert one.total > many.total
        assert slow.total > many.total


def test_a_tier_grows_with_its_rate() -> None:
    made = tiers(measured(), Assumed(), 0)
    assert [tier.rate for tier in made] == [1_000, 10_000, 100_000, 1_000_000]
    for small, large in pairwise(made):
        assert large.instances >= small.instances
        assert large.databases >= small.databases
    assert made[-1].databases > 1
