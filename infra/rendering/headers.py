"""The dashboard's headers: `frontend/public/_headers`, which Netlify and Cloudflare Pages read as it is."""

from pathlib import Path

from infra.local.dashboard import Rule, read_rules

FILE = Path(__file__).parents[2] / "frontend" / "public" / "_headers"


def rules() -> list[Rule]:
    """(path pattern, header, value), in the order in which later ones win."""
    return list(read_rules(FILE))


def policy() -> str:
    """The dashboard's Content-Security-Policy."""
    return next(value for pattern, name, value in rules() if (pattern, name) == ("/*", "Content-Security-Policy"))
