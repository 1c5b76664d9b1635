"""The benchmark's own parts at a small size: what it would measure happens, and every job is accounted for."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import curves, grown, growth, limits, requests_rate, stages, waiting
from tests.benchmarks.chart import svg
from tests.benchmarks.program import Failed, call
from tests.benchmarks.report import markdown
from tests.benchmarks.run import Run
from tests.benchmarks.sizes import QUICK
from tests.benchmarks.stand import Stand, stand

JOBS = 2000


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("bench") / "run"
    with stand(folder, fsync="off", synchronous_commit="off") as started:  # what is timed here is not told
        yield started
    shutil.rmtree(folder)


def test_our_own_measures_complete_every_job(servers: Stand) -> None:
    run = Run(servers, QUICK._replace(share=JOBS / 100_000), ["tickwork"])
    run._step("round", lambda: run._round("tickwork"))
    run._step("slow", lambda: run._slow("tickwork"))
    assert run.results["left_out"] == []
    assert all(len(run.results[measure]["tickwork"]) == 1 for measure in "ABCF")
    with servers.connect("bench") as connection:
        rows = connection.execute("select status, count(*) from tickwork.jobs group by status").fetchall()
    assert rows == [("completed", QUICK.slow)]


def test_jobs_that_wait_are_left_alone_beside_those_that_are_drained(servers: Stand) -> None:
    figures = waiting.beside_waiting(servers, "tickwork", JOBS, 500, 2)
    assert (len(figures["alone"]), len(figures["beside"]), figures["repeated"]) == (2, 2, 0)
    query = "select status, count(*) from tickwork.jobs group by status"
    for place, left in ((servers, {}), (servers.beside, {"pending": 500})):
        with servers.connect(place.database) as connection:
            assert dict(connection.execute(query).fetchall()) == left | {"completed": 2 * JOBS}


def test_a_program_that_fails_says_why_and_leaves_nothing_running(servers: Stand) -> None:
    servers.fresh()
    with pytest.raises(Failed, match="a worker ended early"):
        call(servers, "tickwork", "drain", 1)  # never migrated: its worker ends


def test_the_profile_accounts_for_every_job(servers: Stand) -> None:
    profile = stages.profile(servers, JOBS)
    assert set(profile["stages"]) == set(stages.STAGES)
    assert all(part["wall_us"] > 0 for name, part in profile["stages"].items() if name != "handler")


def test_the_limits_have_figures(servers: Stand) -> None:
    servers.fresh()
    assert all(figure > 0 for figure in limits.measure(servers, JOBS).values())
    stages.prepared(servers, JOBS)
    assert limits.bare_loop(servers, JOBS, 500) > 0


def test_a_table_of_any_size_answers_every_read(servers: Stand) -> None:
    servers.fresh()
    grown = growth.grow(servers, JOBS)
    assert grown["reads_ms"].keys() >= {"stats", "detail", "search, not found", "deep, sort=-priority"}
    assert grown["tick_peak_mib"] <= 120


def test_requests_are_counted_by_their_answers(servers: Stand) -> None:
    servers.fresh()
    call(servers, "tickwork", "setup")
    with requests_rate.serving(servers, "bench_create.py", "create_job", 1) as port:
        assert requests_rate.rate(port, 40) > 0
    with servers.connect("bench") as connection:
        [(made,)] = connection.execute("select count(*) from tickwork.jobs").fetchall()
    assert made == 40 + requests_rate.CONNECTIONS  # one more each to warm up


def test_tables_and_chart_are_made_of_what_there_is() -> None:
    results = {name: {} for name in ("C", "D", "D at once", "F", "http", "limits", "memory")}
    results |= {
        "A": {"tickwork": [10.0, 20.0, 30.0], "rq": [5.0]},
        "B": {},
        "E": {"rq": {"waiting": 1000, "alone": [10.0, 20.0, 40.0], "beside": [30.0, 50.0, 40.0]}},
        "profile": {},
        "growth": [],
        "left_out": [],
    }
    text = markdown(results, {"tickwork": "this tree", "rq": "1.0"})
    assert "| rq | 1.0 | 5 | 4.00 × |" in text
    assert "20 (10–30)" in text
    assert "| rq | 20 (10–40) | 1,000 | 40 (30–50) | 2.50 × |" in text, "the median of the pairs' ratios"
    assert svg(results, "note <1>").count("<rect") == 2


def test_the_far_end_stands_beside_a_run_that_does_not_reach_it(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(grown, "PUBLISHED", tmp_path / "grown.json")
    assert grown.further([{"rows": 1000}]) == []
    grown.PUBLISHED.write_text('{"rows": 5000}')
    assert grown.further([{"rows": 1000}]) == [{"rows": 5000}]
    assert grown.further([{"rows": 1000}, {"rows": 5000}]) == grown.further([]) == []


def test_growth_curves_need_no_more_than_one_size() -> None:
    size = {
        "rows": 1000,
        "drain": 9.0,
        "idle_take_ms": 0.1,
        "tick_peak_mib": 60.0,
        "reads_ms": {"sort=priority": {"p95": 2.0}},
    }
    assert curves.svg([size]).count("<circle") == 4
    assert curves.svg([size, size | {"rows": 10_000}]).count("<circle") == 8
