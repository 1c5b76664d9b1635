"""The dashboard made for a static host."""

import json
from pathlib import Path

import pytest

from infra.dashboard import build, main, narrowed, origin
from infra.rendering.headers import FILE


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "config.json").write_text('{ "api": "" }')
    (folder / "_headers").write_text(FILE.read_text())
    return folder


def test_it_says_where_the_api_is_and_connects_to_nothing_else(dist: Path, tmp_path: Path) -> None:
    build("https://api.example.org/v1", ["https://login.example.org/realms/a"], tmp_path / "out", dist)
    assert json.loads((tmp_path / "out" / "config.json").read_text()) == {"api": "https://api.example.org/v1"}
    headers = (tmp_path / "out" / "_headers").read_text()
    assert "connect-src 'self' https://api.example.org https://login.example.org;" in headers
    assert (tmp_path / "out" / "index.html").exists()


def test_without_a_dashboard_it_says_how_to_build_it_and_leaves_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(ValueError, match="make setup"):
        build("", [], tmp_path / "out", tmp_path / "dist")
    assert (tmp_path / "out").exists()


def test_the_rest_of_the_policy_stays() -> None:
    text = FILE.read_text()
    one, other = (part.split("connect-src")[0] for part in (text, narrowed(text, [])))
    assert one == other
    assert narrowed(text, []).count("connect-src 'self';") == text.count("connect-src") == 1


@pytest.mark.parametrize("url", ["api.example.org", "javascript:alert(1)", "https://", "/api"])
def test_what_is_no_address_is_refused(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no address"):
        origin(url)
    monkeypatch.setattr("sys.argv", ["dashboard", "--api", url, str(tmp_path / "out")])
    with pytest.raises(SystemExit):
        main()
    assert not (tmp_path / "out").exists()
