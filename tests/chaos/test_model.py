"""Every interleaving of the small model keeps the promises; each guard taken away has its counterexample."""

import pytest

from tests.chaos.model import Rules, explore

BUGS = {
    "fence": "stale write",
    "state_guard": "second final",
    "recheck": "start after cancel",
    "reconcile": "lost",
    "counted_at_claim": "too many starts",
}


def test_every_state_keeps_the_promises():
    states, path = explore(Rules())
    assert not path
    assert states > 10_000


@pytest.mark.parametrize("guard", BUGS)
def test_without_a_guard_there_is_a_counterexample(guard):
    _, path = explore(Rules(**{guard: False}), jobs=1, deaths=3)
    assert path
    assert path[-1] == BUGS[guard], path
