"""The campaign itself, small: everything is broken in turn for a while, and every promise holds."""

from tests.chaos.campaign import WEIGHTS, run

SECONDS, JOBS, EVERY, SEED = 25.0, 20_000, 0.25, 20261124


def test_campaign(tmp_path):
    answer = run(tmp_path, SECONDS, JOBS, SEED, EVERY, pace=JOBS / SECONDS)
    assert answer["green"], answer
    assert answer["jobs"] >= 2_000
    assert answer["starts"] >= answer["jobs"] * 0.8
    assert set(WEIGHTS) <= set(answer["faults"]), "every kind of fault hit"
    assert answer["faults"]["kill_tick"] >= 10
