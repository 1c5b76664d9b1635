"""`make check` believes pip-audit only when somebody who knows vulnerabilities answers it, and always ends."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from infra import audit as module
from infra.audit import KNOWN, PIP_AUDIT, NotAskedError, audit

FLAW = {"name": "jinja2", "version": "2.10", "vulns": [{"id": "PYSEC-2019-217"}, {"id": "GHSA-462w-v97r-4m45"}]}
FINE = {"name": "flask", "version": "3.1.2", "vulns": []}
UNKNOWN = {"name": "flask", "skip_reason": "Dependency not found"}


@pytest.fixture
def played(tmp_path: Path) -> Any:
    """A command that plays pip-audit: what it says of the known release, and of the lock file."""

    def play(of_known: str, of_lock: str = "") -> list[str]:
        program = tmp_path / "pip_audit.py"
        program.write_text(
            "import pathlib, sys, time\n"
            "asked = pathlib.Path(sys.argv[sys.argv.index('-r') + 1]).read_text()\n"
            f"{of_known!r} == 'hang' and time.sleep(60)\n"
            f"print({of_known!r} if asked.strip() == {KNOWN!r} else {of_lock!r})\n"
            "sys.exit(1)\n"
        )
        return [sys.executable, str(program)]

    return play


def said(*dependencies: dict[str, Any]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "some.lock"
    path.write_text("flask==3.1.2\n")
    return path


def test_a_vulnerable_dependency_is_found(played: Any, lock: Path):
    found = audit(lock, played(said(FLAW), said(FINE, FLAW, UNKNOWN)))
    assert found == ["jinja2 2.10: PYSEC-2019-217, GHSA-462w-v97r-4m45"]


def test_none_is_none(played: Any, lock: Path):
    assert audit(lock, played(said(FLAW), said(FINE))) == []


@pytest.mark.parametrize(
    ("of_known", "of_lock", "why"),
    [
        (said(UNKNOWN), said(FINE), "does not know that"),  # a mirror without advisories: all would look well
        (said(FINE), said(FINE), "does not know that"),
        (said(FLAW), said(FINE, UNKNOWN), "does not know flask"),
        (said(FLAW), "", "no answer"),
        ("", "", "no answer"),
    ],
)
def test_who_does_not_know_is_not_believed(played: Any, lock: Path, of_known: str, of_lock: str, why: str):
    with pytest.raises(NotAskedError, match=why):
        audit(lock, played(of_known, of_lock))


def test_it_ends_when_nobody_answers(played: Any, lock: Path):
    start = time.monotonic()
    with pytest.raises(NotAskedError, match="too long"):
        audit(lock, played("hang"), seconds=1)
    assert time.monotonic() - start < 30


def test_without_pip_audit_nobody_is_asked(lock: Path):
    with pytest.raises(NotAskedError, match="not installed"):
        audit(lock, [str(lock.parent / "pip-audit")])


def test_pip_audit_itself_without_a_network_is_not_asked(lock: Path, monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    monkeypatch.setenv("PIP_AUDIT_CACHE_DIR", str(lock.parent))
    monkeypatch.setenv("XDG_CACHE_HOME", str(lock.parent))
    with pytest.raises(NotAskedError):
        audit(lock, PIP_AUDIT)


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [([], 0, "No known vulnerability"), (["x 1: CVE"], 1, "x 1: CVE"), (None, 0, "NOT ASKED FOR: offline")],
)
def test_the_check_fails_only_for_what_was_found(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, found: Any, status: int, words: str
):
    def answer() -> list[str]:
        if found is None:
            raise NotAskedError("offline")
        return found

    monkeypatch.setattr(module, "audit", answer)
    monkeypatch.setattr("sys.argv", ["audit"])
    assert module.main() == status
    assert words in "".join(capsys.readouterr())


def test_make_check_has_it():
    rules = subprocess.run(
        ["make", "--dry-run", "check", "audit"], cwd=module.ROOT, env=os.environ, capture_output=True, text=True
    )
    assert "infra.audit" in rules.stdout
    assert "pip-audit --strict" in rules.stdout
