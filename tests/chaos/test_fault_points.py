"""Every fault point in every mode, once: whatever breaks there, nothing is lost, doubled, or started after a cancel."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.faults import POINTS
from tests.chaos.worker import MODES

SHARED = Path(__file__).parents[2] / "shared"
BY_HTTP = ("hand_over.before", "hand_over.answered")
LIVES = [point for point in (*POINTS, "handler.middle") if point not in BY_HTTP]
# A reschedule that reaches the index after its job has run leaves an id there; the claim that meets it drops it.
GHOSTS = {("update.committed", "stall")}


@pytest.mark.parametrize("point", LIVES)
def test_fault(point, stands):
    chosen = dict(zip(MODES, stands(len(MODES)), strict=True))
    with ThreadPoolExecutor(len(MODES)) as pool:
        list(pool.map(lambda mode: chosen[mode].live(fault=(point, mode)), chosen))
    for mode, stand in chosen.items():
        verdict = stand.verdict()
        assert verdict.faults.get(mode) == 1, f"{mode} at {point} did not hit"
        assert not verdict.breaches, f"{mode} at {point}"
        assert verdict.jobs >= 3
        if (point, mode) not in GHOSTS:
            assert not any(stand.index_sizes()[:2]), f"{mode} at {point}: the index still holds finished jobs"


def test_every_point_is_passed_and_every_pass_is_named():
    """A point that nobody calls, or a call that misspells one, would make a test that proves nothing."""
    calls = re.findall(r"\b(?:fault|at)\(\"([a-z_]+\.[a-z_]+)\"\)", "".join(p.read_text() for p in SHARED.glob("*.py")))
    assert set(calls) == set(POINTS)
