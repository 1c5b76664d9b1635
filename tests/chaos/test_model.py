"""Every interleaving of the small model keeps the promises; each guard taken away has its counterexample."""

import pytest

from tests.chaos.model import Rules, Size, explore

SMALL = Size(jobs=1, ticks=2, losses=1, old=1, deaths=2, failures=1)
BUGS = {
    "fence": "stale write",
    "state_guard": "second final",
    "recheck": "start after cancel",
    "reconcile": "lost",
    "counted_at_claim": "too many starts",
    "honest_cancel": "start after cancel",
    "cancel_guard": "start after cancel",
    "retry_after_cancel_refused": "retry after cancel",
}


def test_every_state_keeps_the_promises_and_can_reach_the_end():
    states, path = explore(Rules(), SMALL)
    assert not path
    assert states > 30_000


def test_two_jobs_do_not_harm_each_other():
    states, path = explore(Rules(), Size(jobs=2, ticks=1, losses=0, old=1, deaths=1, failures=0))
    assert not path
    assert states > 5_000


@pytest.mark.parametrize("guard", BUGS)
def test_without_a_guard_there_is_a_counterexample(guard):
    _, path = explore(Rules(**{guard: False}), SMALL)
    assert path
    assert path[-1] == BUGS[guard], path
