"""functions/*/requirements.txt from pyproject.toml: `python -m infra.requirements` (or `make lock`) writes them."""

import tomllib
from pathlib import Path

from shared.routes import FUNCTIONS

ROOT = Path(__file__).parents[1]
RUN_HANDLERS = {"tick", "run_jobs"}


def requirements(function: str) -> str:
    """What the library needs, and for those that run handlers what handlers need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    handlers = project["optional-dependencies"]["handlers"] if function in RUN_HANDLERS else []
    return "".join(f"{requirement}\n" for requirement in sorted({*project["dependencies"], *handlers}))


if __name__ == "__main__":
    for name in FUNCTIONS:
        (ROOT / "functions" / name / "requirements.txt").write_text(requirements(name))
