"""Every fault point in every mode, once: whatever breaks there, nothing is lost, doubled, or started after a cancel."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.chaos.worker import MODES
from tickwork.core.failpoints import POINTS

LIBRARY = Path(__file__).parents[2] / "shared" / "tickwork"
HAND_OVER = ("hand_over.before", "hand_over.answered")
LIVES = [point for point in (*POINTS, "handler.middle") if point not in HAND_OVER]
IN_RUN_JOBS = (
    "claim.before", "claim.committed", "run.begin", "settle.before", "settle.committed", "settle.indexed",
    "renew.before", "renew.committed", "handler.middle",
)  # fmt: skip
# What a queue has to do with: run_jobs itself is the same behind both.
BY_SQS = (*HAND_OVER, "handler.middle", "settle.committed")
# A reschedule that reaches the index after its job has run leaves an id there; the claim that meets it drops it.
GHOSTS = {("update.committed", "stall")}


@pytest.mark.parametrize("point", LIVES)
def test_fault(point, stands):
    chosen = _each_mode(stands, lambda stand, mode: stand.live(fault=(point, mode)))
    _hold(chosen, point)


@pytest.mark.parametrize("point", [*HAND_OVER, *IN_RUN_JOBS])
def test_fault_when_run_jobs_runs_the_batches(point, stands):
    by_http = {"DISPATCH": "http"}
    chosen = _each_mode(stands, lambda stand, mode: stand.live_by(by_http, (point, mode), point in IN_RUN_JOBS))
    _hold(chosen, point)


@pytest.mark.parametrize("point", BY_SQS)
def test_fault_when_batches_go_through_a_queue(point, stands, queues):
    chosen = _each_mode(stands, lambda stand, mode: stand.live_by(queues().env(), (point, mode), point in IN_RUN_JOBS))
    _hold(chosen, point)


def _each_mode(stands, live):
    chosen = dict(zip(MODES, stands(len(MODES)), strict=True))
    with ThreadPoolExecutor(len(MODES)) as pool:
        list(pool.map(lambda mode: live(chosen[mode], mode), chosen))
    return chosen


def _hold(chosen, point):
    for mode, stand in chosen.items():
        verdict = stand.verdict()
        assert verdict.points == {f"{point} {mode}": 1}, f"{mode} at {point} did not hit"
        assert not verdict.breaches, f"{mode} at {point}"
        assert verdict.jobs >= 3
        if (point, mode) not in GHOSTS:
            assert not any(stand.index_sizes()[:2]), f"{mode} at {point}: the index still holds finished jobs"


def test_every_point_is_passed_and_every_pass_is_named():
    """A point that nobody calls, or a call that misspells one, would make a test that proves nothing."""
    calls = re.findall(r"\bpassing\(\"([a-z_]+\.[a-z_]+)\"\)", "".join(p.read_text() for p in LIBRARY.rglob("*.py")))
    assert set(calls) == set(POINTS)
