"""docs/CHAOS.md is what the tests and the latest verdict say."""

import pytest

from tests.chaos.report import DOCUMENT, aim, document


def test_the_document_is_up_to_date():
    assert DOCUMENT.read_text() == document(), "run: python -m tests.chaos.report"


@pytest.mark.parametrize(("p99", "end"), [(3.9, "met"), (4.0, "met"), (None, "met"), (5.001, "missed by 1.0 s")])
def test_whether_the_aim_was_met_is_the_verdicts_to_say(p99, end):
    assert aim({"date": "2026-01-01", "recovery_p99": p99, "recovery_bound": 4.0}).endswith(f"4 s at p99, was {end}.")
