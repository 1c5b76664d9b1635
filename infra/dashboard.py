"""The dashboard for a static host: `python -m infra.dashboard --api https://api.example.org [--connect URL] FOLDER`.

Copies frontend/dist, says in config.json where the API is, and lets pages connect to it and nowhere else: the policy in
`_headers` is as wide as development needs it. --connect names others to allow, such as the OIDC issuer.
"""

import argparse
import json
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

DIST = Path(__file__).parents[1] / "frontend" / "dist"
CONNECT = re.compile(r"connect-src [^;]*")


def origin(url: str) -> str:
    """Scheme, host and port; "" for the page's own. Raises ValueError for what is no address."""
    parts = urlsplit(url)
    if url and not (parts.scheme in ("http", "https") and parts.netloc):
        raise ValueError(f"{url!r} is no address; give one such as https://api.example.org")
    return f"{parts.scheme}://{parts.netloc}" if url else ""


def narrowed(headers: str, origins: list[str]) -> str:
    """The text of `_headers` with connections to the page's own origin and to `origins` only."""
    return CONNECT.sub(" ".join(["connect-src 'self'", *dict.fromkeys(filter(None, origins))]), headers)


def build(api: str, others: list[str], target: Path, dist: Path = DIST) -> None:
    """Make `target` anew. Raises ValueError for what is no address, or when the dashboard was not built."""
    origins = [origin(url) for url in (api, *others)]
    if not (dist / "index.html").exists():
        raise ValueError(f"there is no dashboard in {dist}; build it with: make setup")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(dist, target)
    (target / "config.json").write_text(json.dumps({"api": api}) + "\n")
    headers = target / "_headers"
    headers.write_text(narrowed(headers.read_text(), origins))


def main() -> None:
    options = argparse.ArgumentParser(prog="infra.dashboard", description="The dashboard for a static host.")
    options.add_argument("--api", default="", help="where the API is; unset = where the dashboard is")
    options.add_argument("--connect", action="append", default=[], help="another address that pages may call")
    options.add_argument("folder", type=Path)
    given = options.parse_args()
    try:
        build(given.api, given.connect, given.folder)
    except ValueError as error:
        options.error(str(error))
    print(f"{given.folder}: the dashboard, with its API at {given.api or 'its own address'}")


if __name__ == "__main__":
    main()
