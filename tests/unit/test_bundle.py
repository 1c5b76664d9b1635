"""The staging step without running anything: what is laid where, and that requirements say what pyproject.toml does."""

import sys
import tomllib
from pathlib import Path

import pytest

from infra.bundle import ROOT, bundle, main, versions
from shared.routes import FUNCTIONS

RUN_HANDLERS = {"tick", "run_jobs"}


def needed(function: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    handlers = project["optional-dependencies"]["handlers"] if function in RUN_HANDLERS else []
    return {*project["dependencies"], *handlers}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_requirements_are_those_of_the_project_and_no_more(function: str) -> None:
    written = (ROOT / "functions" / function / "requirements.txt").read_text().splitlines()
    assert set(written) == needed(function)
    assert written == sorted(written)


def test_every_function_has_a_folder_and_every_folder_a_route() -> None:
    assert sorted(path.parent.name for path in (ROOT / "functions").glob("*/main.py")) == FUNCTIONS


def test_a_bundle_is_the_function_beside_the_library(tmp_path: Path) -> None:
    (tmp_path / "tick" / "left over").mkdir(parents=True)
    folder = bundle("tick", tmp_path)
    assert {path.name for path in folder.iterdir()} == {"main.py", "requirements.txt", "constraints.txt", "shared"}
    library = {path.relative_to(folder / "shared") for path in (folder / "shared").rglob("*") if path.is_file()}
    assert {Path("job.py"), Path("lua/take.lua"), Path("migrations/0001_jobs.sql")} <= library
    assert not [path for path in library if "__pycache__" in path.parts]


def test_constraints_are_the_pins_without_hashes() -> None:
    lock = (
        "# made by x\n"
        "flask==3.1.3 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "tzdata==1 ; sys_platform == 'win32' \\\n    --hash=sha256:cc\n"
    )
    assert versions(lock) == "flask==3.1.3\ntzdata==1 ; sys_platform == 'win32'\n"


def test_an_unknown_function_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="no function tock; there are: cancel_job, create_job"):
        main(["tick", "tock"])


def test_the_library_is_imported_from_the_checkout() -> None:
    assert Path(str(sys.modules["shared"].__file__)).parent == ROOT / "shared"
