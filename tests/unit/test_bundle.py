"""The staging step without running anything: what is laid where, and that requirements say what pyproject.toml does."""

import sys
from pathlib import Path

import pytest

from infra.bundle import ROOT, bundle, main, versions
from infra.requirements import requirements
from tickwork.api.routes import FUNCTIONS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_requirements_are_up_to_date(function: str) -> None:
    written = (ROOT / "functions" / function / "requirements.txt").read_text()
    assert written == requirements(function), "run: python -m infra.requirements"


def test_handlers_libraries_are_for_those_that_run_handlers() -> None:
    assert {function for function in FUNCTIONS if "pillow" in requirements(function)} == {"tick", "run_jobs"}
    assert all("psycopg[binary,pool]>=" in requirements(function) for function in FUNCTIONS)


def test_every_function_has_a_folder_and_every_folder_a_route() -> None:
    assert sorted(path.parent.name for path in (ROOT / "functions").glob("*/main.py")) == FUNCTIONS


def test_a_bundle_is_the_function_beside_the_library(tmp_path: Path) -> None:
    (tmp_path / "tick" / "left over").mkdir(parents=True)
    folder = bundle("tick", tmp_path)
    assert {path.name for path in folder.iterdir()} == {"main.py", "requirements.txt", "constraints.txt", "tickwork"}
    library = {path.relative_to(folder / "tickwork") for path in (folder / "tickwork").rglob("*") if path.is_file()}
    assert {
        Path("core/job.py"),
        Path("stores/redis/lua/take.lua"),
        Path("stores/postgres/migrations/0001_jobs.sql"),
    } <= library
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
    assert Path(str(sys.modules["tickwork"].__file__)).parent == ROOT / "shared" / "tickwork"
