"""What a first visit costs, and whom the page talks to: nobody but its own host and the API."""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Request, expect

from tests.e2e.dashboard.browser import Watched
from tests.e2e.dashboard.parts import rows
from tests.e2e.dashboard.stack import Stack

FRONTEND = Path(__file__).parents[3] / "frontend"
DIST = FRONTEND / "dist"


def gzipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_sizes() -> None:
    page = (DIST / "index.html").read_text()
    first = [DIST / name for name in re.findall(r'(?:src|href)="\./(assets/[^"]+)"', page)]
    assert sum(gzipped(path) for path in first if path.suffix == ".js") <= 35_000
    assert sum(gzipped(path) for path in first if path.suffix == ".css") <= 14_000
    assert sum(gzipped(path) for path in DIST.rglob("*.js")) <= 80_000


def test_a_first_visit_is_six_requests_to_one_host(stack: Stack, watched: Watched) -> None:
    stack.one()
    seen: list[Request] = []
    watched.page.on("request", lambda request: seen.append(request))
    watched.page.goto(stack.url)
    expect(rows(watched.page)).to_have_count(1)
    asked = list(dict.fromkeys(request.url for request in seen if not request.url.startswith("data:")))
    assert all(url.startswith(stack.url) for url in asked)
    first = [url for url in asked if not url.endswith("/me")]  # asked once the rows are there
    assert len(first) <= 6, first


def test_the_policy_forbids_inline_code_and_sinks(stack: Stack) -> None:
    page = stack.client.get("/")
    for policy in (page.headers["Content-Security-Policy"], page.text):
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
    assert " style=" not in page.text
    assert not re.search(r"<script(?![^>]*src=)", page.text)


def test_sources_have_no_inner_html_and_the_lock_no_addresses() -> None:
    source = "".join(path.read_text() for path in (FRONTEND / "src").rglob("*.js*"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", source)
    assert '"resolved"' not in (FRONTEND / "package-lock.json").read_text()


@pytest.mark.skipif(not shutil.which("node") or not (FRONTEND / "node_modules").exists(), reason="needs Node to build")
def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("src", "public"):
        shutil.copytree(FRONTEND / name, tmp_path / name)
    for name in ("build.mjs", "budgets.mjs", "package.json"):
        shutil.copy(FRONTEND / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(FRONTEND / "node_modules")
    subprocess.run(["node", "build.mjs"], cwd=tmp_path, check=True, capture_output=True, env=os.environ)
    assert fingerprints(tmp_path / "dist") == fingerprints(DIST)


def fingerprints(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
