"""What a platform deploys: `python -m infra.bundle [FUNCTION …]` lays each function beside a copy of the library.

build/create_job/
  main.py             the function
  requirements.txt    what it needs …
  constraints.txt     … in the versions of requirements.lock
  tickwork/           the library
"""

import shutil
import sys
from pathlib import Path

from tickwork.api.routes import FUNCTIONS

ROOT = Path(__file__).parents[1]
PINNED = "-c constraints.txt\n"


def bundle(function: str, target: Path) -> Path:
    """Make `target`/`function` anew; returns it."""
    source, folder = ROOT / "functions" / function, target / function
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        ROOT / "shared" / "tickwork", folder / "tickwork", ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
    )
    shutil.copy(source / "main.py", folder)
    (folder / "constraints.txt").write_text(versions((ROOT / "requirements.lock").read_text()))
    (folder / "requirements.txt").write_text(PINNED + (source / "requirements.txt").read_text())
    return folder


def versions(lock: str) -> str:
    """A lock file's `name==version ; marker` lines. Without hashes: pip would demand them of every requirement."""
    pins = [line.removesuffix(" \\") for line in lock.splitlines() if line[:1].isalnum()]
    return "\n".join(pins) + "\n"


def main(names: list[str]) -> None:
    unknown = set(names) - set(FUNCTIONS)
    if unknown:
        sys.exit(f"There is no function {', '.join(sorted(unknown))}; there are: {', '.join(FUNCTIONS)}")
    for name in names or FUNCTIONS:
        print(bundle(name, ROOT / "build").relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
