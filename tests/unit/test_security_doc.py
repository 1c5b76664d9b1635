"""docs/SECURITY.md names tests and files that there are, and the roles that the routes have."""

import ast
import re
from pathlib import Path

import pytest

from tickwork.api.routes import ROUTES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "SECURITY.md").read_text()
TABLE = TEXT.partition("<!-- asvs -->")[2].partition("<!-- /asvs -->")[0]
ROWS = re.findall(r"^\| (V[\d.]+) \| ([^|]+) \| (\S+) \|$", TABLE, re.MULTILINE)


def test_the_table_is_well_formed():
    assert len(ROWS) == len(TABLE.strip().splitlines()) - 2
    ids = [tuple(map(int, row[0][1:].split("."))) for row in ROWS]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("shown", sorted({row[2] for row in ROWS}))
def test_what_shows_it_exists(shown: str):
    file, _, test = shown.partition("::")
    names = {node.name for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.FunctionDef)}
    assert not test or test in names


def test_every_role_is_explained():
    roles = set(re.findall(r"^\| (anyone|viewer|operator|admin|scheduler) \|", TEXT, re.MULTILINE))
    assert roles == {route.role for route in ROUTES}
