"""The dashboard's folder as a static host would serve it: with the headers that its own `_headers` file asks for."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Tickwork</title>
<h1>The dashboard is not built yet</h1>
<p>The API runs. Stop this, run <code>make setup</code>, and start again with <code>make up</code>.</p>"""

Rule = tuple[str, str, str]  # path pattern, header, value


def serve(folder: Path) -> ASGIApp:
    return Dashboard(folder) if (folder / "index.html").exists() else HTMLResponse(NOT_BUILT, 503)


class Dashboard(StaticFiles):
    def __init__(self, folder: Path):
        super().__init__(directory=folder, html=True)
        self._rules = list(read_rules(folder / "_headers"))

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == "_headers":
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers.update(self._headers("/index.html" if path == "." else f"/{path}"))
        return response

    def _headers(self, path: str) -> dict[str, str]:
        return {name: value for pattern, name, value in self._rules if fnmatchcase(path, pattern)}


def read_rules(file: Path) -> Iterator[Rule]:
    """Rules of a `_headers` file: a path pattern on a line of its own, then its headers, indented."""
    pattern = ""
    for line in file.read_text().splitlines() if file.exists() else []:
        if not line.startswith(" "):
            pattern = line.strip()
        elif line.strip():
            name, _, value = line.strip().partition(":")
            yield pattern, name, value.strip()
