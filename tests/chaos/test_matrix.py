"""The failure matrix is whole, its tests exist, and docs/RELIABILITY.md is what it says."""

import ast

import pytest

from tests.chaos.matrix import DOCS, TESTS, document, modes


def test_every_mode_has_its_answer():
    assert len(modes()) == 120
    assert all(mode.what and mode.shown for mode in modes())


@pytest.mark.parametrize("test", sorted({test for mode in modes() for test in mode.tests}))
def test_it_exists(test):
    file, name = test.split("::")
    tree = ast.parse((TESTS / file).read_text())
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert name in names or (not name and any(found.startswith("test_") for found in names))


def test_the_document_is_up_to_date():
    assert (DOCS / "RELIABILITY.md").read_text() == document()
