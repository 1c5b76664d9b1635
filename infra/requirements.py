"""functions/*/requirements.txt from pyproject.toml: `python -m infra.requirements` (or `make lock`) writes them."""

import tomllib
from pathlib import Path

from tickwork.api.routes import FUNCTIONS

ROOT = Path(__file__).parents[1]
# Which extras a function uses, besides what the library always needs.
EXTRAS = {
    "tick": ["handlers", "alerts"],
    "run_jobs": ["handlers"],
    "list_jobs": ["alerts"],
    "manage_alerts": ["alerts"],
}


def requirements(function: str) -> str:
    """What the library needs, and what the extras need that the function uses."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = (need for extra in EXTRAS.get(function, []) for need in project["optional-dependencies"][extra])
    return "".join(f"{requirement}\n" for requirement in sorted({*project["dependencies"], *extras}))


if __name__ == "__main__":
    for name in FUNCTIONS:
        (ROOT / "functions" / name / "requirements.txt").write_text(requirements(name))
