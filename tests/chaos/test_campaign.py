"""The campaign itself, small: everything is broken in turn for a while, and every promise holds."""

from tests.chaos.campaign import Plan, run
from tests.chaos.nemesis import decks

PLAN, SEED = Plan(seconds=35.0, jobs=10_000, kills=30, restarts=3, mischief=0.6), 20261124


def test_campaign(tmp_path):
    answer = run(tmp_path, PLAN, SEED)
    assert answer["green"], answer
    assert answer["jobs"] >= 2_000
    assert answer["starts"] >= answer["jobs"] * 0.8
    assert {kind for deck in decks(PLAN.dispatch) for kind in deck} <= set(answer["faults"]), "every kind of fault hit"
    assert answer["sigkills"] >= 10
