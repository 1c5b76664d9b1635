"""What the README says is what the code does: its settings, its routes, and its very examples in Python."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.readme import README, with_table
from tickwork.api.routes import ROUTES
from tickwork.core.handler import handlers

TEXT = README.read_text()


def test_settings_are_those_of_settings_py():
    assert with_table(TEXT) == TEXT, "run: python -m infra.readme"


def test_api_table_has_every_route_with_its_function():
    rows = set(re.findall(r"^\| `([A-Z]+) ([^`]+)` \| (\w+) \|", TEXT, re.MULTILINE))
    assert rows == {(route.method, route.path.replace("<id>", "{id}"), route.function) for route in ROUTES}


def test_handlers_table_has_every_built_in_type():
    known = set(handlers())
    section = TEXT.partition("## Handlers")[2].partition("A type of your own")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == known


def test_dependencies_table_has_every_dependency():
    import tomllib

    project = tomllib.loads((README.parent / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    names = {re.match(r"[\w-]+", requirement)[0] for requirement in wanted}
    section = TEXT.partition("## Dependencies")[2]
    missing = {name for name in names if name not in section}
    assert not missing, missing


@pytest.fixture
def greet(tmp_path: Path) -> Path:
    """The README's example as the file it names, in a copy of the library."""
    import shutil

    shutil.copytree(
        README.parent / "shared" / "tickwork",
        tmp_path / "shared" / "tickwork",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    code = re.search(r"```python\n# (shared/tickwork/handlers/greet\.py)\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / code[1]).write_text(code[2])
    return tmp_path


PROOF = """
from uuid import uuid4
from datetime import datetime, UTC
from tickwork.engine.executor import execute
from tickwork.core.context import JobContext
from tickwork.core.handler import handlers
from tickwork.core.job import Claimed

handler = handlers()["greet"]
now = datetime(2026, 1, 1, tzinfo=UTC)
job = Claimed(uuid4(), "greet", "in_progress", '{"name": "Ada"}', 0, 1, 0, 3, now, now, False)
outcome = execute(job, handler, JobContext(job, handler.timeout), handlers())
assert (outcome.outcome, outcome.result) == ("completed", '{"text":"Hello, Ada!"}'), outcome
assert '"name":"Ada"' in outcome.logs
assert handler.payload_model.model_json_schema()["properties"]["name"]["description"] == "Who is greeted."
assert (handler.description, handler.max_concurrency) == ("Say hello.", 4)
print("proved")
"""


def test_the_example_of_creating_many_runs(sql, database: str, valkey: str):
    code = re.search(r"```python\n(from tickwork import app\n.*?)```", TEXT, re.DOTALL)[1]
    env = os.environ | {"DATABASE_URL": database, "REDIS_URL": valkey}
    done = subprocess.run([sys.executable, "-c", code], cwd=README.parent, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert sql.execute("select type, status, count(*) from tickwork.jobs group by 1, 2").fetchall() == [
        ("pdf", "pending", 1000)
    ]


def test_the_example_of_a_type_of_ones_own_runs(greet: Path):
    env = os.environ | {"PYTHONPATH": str(greet / "shared")}
    done = subprocess.run([sys.executable, "-c", PROOF], cwd=greet, env=env, capture_output=True, text=True, timeout=30)
    assert done.stdout == "proved\n", done.stderr
