"""docs/SCALING.md: its table is that of the figures, and the model says what they say."""

import json

import pytest

from infra.cost.limits import limits
from tests.benchmarks.fan_out_page import FIGURES, PAGE, page


@pytest.fixture(scope="module")
def figures():
    return json.loads(FIGURES.read_text())


def test_the_page_is_that_of_the_figures(figures):
    assert PAGE.read_text() == page(PAGE.read_text(), figures), "run: python -m tests.benchmarks.fan_out_page"


def test_no_run_beats_its_handlers_or_the_cores(figures):
    assert {(row["processes"], row["at_once"]) for row in figures["rows"]} == {
        (n, c) for n in (1, 2, 4, 8) for c in (8, 64)
    }
    for row in figures["rows"]:
        assert row["jobs_per_second"] <= 1.05 * row["ceiling"]
        assert row["cores_busy"] <= 1.05 * figures["cores"]


def test_a_part_ends_where_its_cores_are_used_up():
    found = {
        limit.part: limit for limit in limits({"run_jobs_us": 100, "ticks_us": 10, "postgres_us": 50, "valkey_us": 5})
    }
    assert found["run_jobs"].rate == pytest.approx(6_000)
    assert found["tick that hands over"].rate == pytest.approx(60_000)
    assert found["Valkey"].rate == pytest.approx(120_000)
    assert found["Postgres"].rate == pytest.approx(32 * 20_000)
    assert [limit.rate for limit in found.values()] == sorted(limit.rate for limit in found.values())
