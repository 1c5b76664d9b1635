"""The units of a machine of one's own, as systemd reads them, and a tick as curl sends it."""

import shutil
import subprocess
from configparser import ConfigParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from infra.functions import RUNNERS, table
from infra.render import INFRA

FOLDER = INFRA / "systemd"
UNITS = sorted(file.name for file in FOLDER.iterdir() if file.is_file())
SECRETS = {name for row in table().values() for name in (*row.secrets, *row.optional)}
HARDENED = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "DynamicUser": "yes", "PrivateTmp": "yes"}


def unit(name: str) -> ConfigParser:
    """The last of a name that stands twice."""
    read = ConfigParser(strict=False, interpolation=None, comment_prefixes="#", delimiters="=")
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read(FOLDER / name)
    return read


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_no_fault(name: str, tmp_path: Path) -> None:
    for file in map(FOLDER.joinpath, UNITS):  # the programs are where the machine has some, or systemd would miss them
        text = file.read_text().replace("/opt/tickwork/.venv/bin/functions-framework", "/bin/true")
        (tmp_path / file.name.replace("@.", "@tick.")).write_text(text.replace("/usr/bin/curl", "/bin/true"))
    shutil.copytree(FOLDER / "tickwork@tick.service.d", tmp_path / "tickwork@tick.service.d")
    file = tmp_path / name.replace("@.", "@tick.")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", file], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "tickwork" in line]
    assert (ours, done.returncode) == ([], 0), done.stderr


@pytest.mark.parametrize("name", table())
def test_a_function_is_told_the_secrets_of_its_row_and_no_others(name: str) -> None:
    """The common file has all of them; what a drop-in unsets, systemd takes out last."""
    row = table()[name]
    service = unit(f"tickwork@{name}.service.d/secrets.conf")["Service"]
    assert SECRETS - {*service["UnsetEnvironment"].split()} == {*row.secrets, *row.optional}


def test_there_are_no_other_drop_ins() -> None:
    found = {str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*.conf")}
    wanted = {f"tickwork@{name}.service.d/secrets.conf" for name in table()}
    assert found == wanted | {f"tickwork@{name}.service.d/files.conf" for name in RUNNERS}


@pytest.mark.parametrize("name", RUNNERS)
def test_those_that_run_handlers_store_in_a_folder_that_they_may_write_and_share(name: str) -> None:
    """All else is read-only; of users that systemd makes for each unit, only one could read what is stored."""
    service = unit(f"tickwork@{name}.service.d/files.conf")["Service"]
    assert service["Environment"] == f"STORAGE_URL=file:/var/lib/{service['StateDirectory']}/files"
    assert service["User"] == "tickwork"
    assert "StateDirectory" not in unit("tickwork@.service")["Service"], "the others would take it"


def test_the_timer_is_five_seconds_and_exact() -> None:
    timer = unit("tickwork-tick.timer")["Timer"]
    assert timer["OnUnitActiveSec"] == "5s"
    assert timer["AccuracySec"] == "100ms", "the default is a minute"


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_service_is_hardened(name: str) -> None:
    service = unit(name)["Service"]
    assert HARDENED.items() <= dict(service).items()
    assert service["CapabilityBoundingSet"] == ""


def test_a_function_listens_on_this_machine_only_and_may_end_its_tick() -> None:
    service = unit("tickwork@.service")["Service"]
    assert "HOST=127.0.0.1" in service["Environment"]
    assert int(service["TimeoutStopSec"]) >= table()["tick"].timeout


def test_the_tick_is_what_curl_sends_and_its_secret_in_no_command_line(tmp_path: Path) -> None:
    heard: list[tuple[str, str, str | None]] = []

    class Tick(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((self.command, self.path, self.headers["Authorization"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    command = unit("tickwork-tick.service")["Service"]["ExecStart"]
    assert "Bearer" not in command
    (tmp_path / "authorization").write_text("Authorization: Bearer s3cret\n")
    with HTTPServer(("127.0.0.1", 0), Tick) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        words = command.replace("%d", str(tmp_path)).replace("${PORT}", str(server.server_port)).split()
        subprocess.run([shutil.which("curl") or "curl", *words[1:]], check=True, timeout=10)
        thread.join()
    assert heard == [("POST", "/tick", "Bearer s3cret")]
