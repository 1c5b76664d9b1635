"""Each staged bundle runs alone, in an interpreter that has only what its requirements.txt names."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.bundle import ROOT, bundle
from infra.local.valkey import free_ports
from infra.requirements import EXTRAS
from tests.processes import running, wait_for_port
from tickwork.api.routes import FUNCTIONS

API_KEY = "an-admins-key-of-the-tests-0001"
SIGNED = {"Authorization": f"Bearer {API_KEY}"}
NOBODY = "/jobs/01890000-0000-7000-8000-000000000000"
# function: a request that it must refuse, and how
REFUSED: dict[str, tuple[str, str, Any, int]] = {
    "create_job": ("POST", "/jobs", {"type": "nope"}, 422),
    "list_jobs": ("GET", "/jobs?limit=0", None, 422),
    "cancel_job": ("PUT", f"{NOBODY}/cancel", None, 404),
    "retry_job": ("PUT", f"{NOBODY}/retry", None, 404),
    "update_job": ("PATCH", NOBODY, {"priority": 1.5}, 422),
    "manage_alerts": ("DELETE", NOBODY.replace("jobs", "alerts/channels"), None, 404),
    "manage_keys": ("POST", "/keys", {"name": "x", "role": "king"}, 422),
    "tick": ("GET", "/tick", None, 405),
    "run_jobs": ("POST", "/run", {"ids": ["x"]}, 422),
}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    target = tmp_path_factory.mktemp("build")
    return {function: bundle(function, target) for function in FUNCTIONS}


@pytest.fixture(scope="module")
def urls(
    bundles: dict[str, Path], dsn: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Every bundle, served as a platform would: its folder, its interpreter, nothing of the checkout."""
    files = tmp_path_factory.mktemp("files")
    env = {
        "API_KEY": API_KEY,
        "PATH": os.defpath,
        "DATABASE_URL": dsn,
        "REDIS_URL": redis_url,
        "STORAGE_URL": f"file:{files}",
    }
    ports = dict(zip(FUNCTIONS, free_ports(len(FUNCTIONS)), strict=True))
    with ExitStack() as stack:
        started = []
        for function, folder in bundles.items():
            program = interpreter(folder).parent / "functions-framework"
            command: list[str | Path] = [
                program,
                "--target",
                function,
                "--host",
                "127.0.0.1",
                "--port",
                str(ports[function]),
            ]
            log = files / f"{function}.log"
            started.append((ports[function], stack.enter_context(running(command, log, cwd=folder, env=env)), log))
        for port, process, log in started:
            wait_for_port(port, process, log)
        yield {function: f"http://127.0.0.1:{port}" for function, port in ports.items()}


def interpreter(folder: Path) -> Path:
    """A Python with the requirements of the bundle and no more; kept in build/ for the next run, equal ones shared."""
    wanted = (folder / "requirements.txt").read_bytes() + (folder / "constraints.txt").read_bytes()
    venv = ROOT / "build" / f"python-{hashlib.sha256(wanted).hexdigest()[:12]}"
    python = venv / "bin" / "python"
    if not (venv / "complete").exists():
        uv = Path(sys.executable).parent / "uv"
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, venv], check=True)
        subprocess.run(
            [
                uv,
                "pip",
                "install",
                "--quiet",
                "--compile-bytecode",
                "--python",
                python,
                "-r",
                folder / "requirements.txt",
            ],
            check=True,
        )
        (venv / "complete").touch()
    return python


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_bundle_opens_nothing_when_it_is_imported(function: str, bundles: dict[str, Path]) -> None:
    code = "import main, os, threading; print(threading.active_count(), len(os.listdir('/proc/self/fd')))"
    bare = "import os, threading; print(threading.active_count(), len(os.listdir('/proc/self/fd')))"
    python = interpreter(bundles[function])
    answers = [
        subprocess.run([python, "-c", text], cwd=bundles[function], env={}, check=True, capture_output=True).stdout
        for text in (code, bare)
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("function", sorted(set(FUNCTIONS) - set(EXTRAS)))
def test_those_that_run_no_handlers_do_without_their_libraries(function: str, bundles: dict[str, Path]) -> None:
    found = "import importlib.util as u; print([m for m in ('boto3', 'httpx', 'PIL', 'typst') if u.find_spec(m)])"
    answer = subprocess.run([interpreter(bundles[function]), "-c", found], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_bundle_refuses_with_a_problem_document(function: str, urls: dict[str, str]) -> None:
    method, path, body, status = REFUSED[function]
    answer = httpx.request(method, urls[function] + path, json=body, timeout=30, headers=SIGNED)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_bundles_do_their_work_together(urls: dict[str, str], database: str, valkey: str) -> None:
    invoice = {"type": "pdf", "payload": {"invoice_id": "1", "customer": "Ada", "total": 1}}
    job = post(urls["create_job"], "/jobs", invoice | {"delay_seconds": 3600})
    place = f"/jobs/{job['id']}"
    assert send("PATCH", urls["update_job"], place, {"priority": 5})["priority"] == 5
    assert send("PUT", urls["cancel_job"], f"{place}/cancel")["status"] == "cancelled"
    assert send("PUT", urls["retry_job"], f"{place}/retry")["status"] == "pending"
    assert post(urls["tick"], "/tick", None)["completed"] == 1
    detail = send("GET", urls["list_jobs"], place)
    assert (detail["status"], detail["result"]["pages"]) == ("completed", 1)
    assert {t["type"] for t in send("GET", urls["list_jobs"], "/job-types")["items"]} >= {"email", "pdf", "http"}
    assert post(urls["run_jobs"], "/run", {"ids": [job["id"]]})["completed"] == 0


def send(method: str, url: str, path: str, body: Any = None) -> Any:
    return httpx.request(method, url + path, json=body, timeout=30, headers=SIGNED).raise_for_status().json()


def post(url: str, path: str, body: Any) -> Any:
    return send("POST", url, path, body)
