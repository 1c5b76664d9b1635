"""`python -m infra.aws.bundle`: build/aws/<function>/ for `sam build`, the bundle with the handler for Lambda."""

import shutil
from pathlib import Path

from infra.bundle import ROOT, bundle
from tickwork.api.routes import FUNCTIONS

HANDLER = Path(__file__).with_name("handler.py")
NEEDS = "apig-wsgi>=2.20\nboto3>=1.40\n"


def bundle_for_lambda(function: str, target: Path) -> Path:
    """Make `target`/`function` anew; returns it."""
    folder = bundle(function, target)
    shutil.copy(HANDLER, folder)
    requirements = folder / "requirements.txt"
    requirements.write_text(requirements.read_text() + NEEDS)
    return folder


if __name__ == "__main__":
    for name in FUNCTIONS:
        print(bundle_for_lambda(name, ROOT / "build" / "aws").relative_to(ROOT))
