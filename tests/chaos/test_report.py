"""docs/CHAOS.md is what the tests and the latest verdict say."""

from tests.chaos.report import DOCUMENT, document


def test_the_document_is_up_to_date():
    assert DOCUMENT.read_text() == document(), "run: python -m tests.chaos.report"
