"""`make up` in a copy of the repository: the real servers, functions, gateway and ticker, as a newcomer starts them.

The tests run in this order and share one start; the last ones end it.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import pytest

from infra.local.valkey import free_ports
from tests.processes import end

ROOT = Path(__file__).parents[2]
READY_SECONDS = 15
TWO_TICKS_SECONDS = 10 + 4  # and what the work itself takes where other work is done too; before a third has ended
ENDED_SECONDS = 30  # parts may take eight to end
# What `make` would bring up to date first is up to date already, or the tests would not run.
MAKE_UP = ["make", "--no-print-directory", "-o", ".venv/up", "-o", "frontend/dist", "up"]
STORES = (
    "API_KEY",
    "TICK_SECRET",
    "DATABASE_URL",
    "REDIS_URL",
    "AWS_ENDPOINT_URL",
    "SMTP_URL",
    "STORAGE_URL",
    "DISPATCH",
    "MAKEFLAGS",
    "MAKELEVEL",
)

T = TypeVar("T")


class Product:
    """One folder with a copy of the repository, and `make up` in it, with `settings` in its environment."""

    def __init__(self, folder: Path, port: int, **settings: str):
        self.folder = folder
        self.port = port
        self.settings = settings
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "up.log"
        self.seconds = 0.0
        self.signed: dict[str, str] = {}
        shutil.copytree(ROOT, folder, dirs_exist_ok=True, ignore=_not_ours, symlinks=True)
        (folder / ".venv").symlink_to(ROOT / ".venv")

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as output:
            return subprocess.Popen(
                [*MAKE_UP, f"PORT={self.port}"],
                cwd=self.folder,
                env={name: value for name, value in os.environ.items() if name not in STORES} | self.settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start_and_wait(self) -> subprocess.Popen[bytes]:
        process, began = self.start(), time.monotonic()
        try:
            until(lambda: "Tickwork is up." in self.output() or process.poll() is not None, 60)
        finally:
            if process.poll() is not None or "Tickwork is up." not in self.output():
                end(process)
                pytest.fail(self.output())
        self.seconds = time.monotonic() - began
        self.sign_in()
        return process

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def sign_in(self) -> None:
        """With the key that `make up` keeps in its folder and shows in its link."""
        key = (self.folder / ".local/api_key").read_text().strip()
        assert f"{self.url}/#key={key}" in self.output()
        self.signed = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(self.url + path, timeout=30, headers=self.signed, **options)

    def create(self, **job: Any) -> Any:
        return httpx.post(f"{self.url}/jobs", json=job, timeout=30, headers=self.signed).raise_for_status().json()

    def job(self, id_: str) -> Any:
        return self.get(f"/jobs/{id_}").raise_for_status().json()

    def processes(self) -> list[psutil.Process]:
        """All that run in the folder or below, `make` and the stores among them."""
        return [process for process in psutil.process_iter() if _runs_in(process, self.folder)]


@contextmanager
def up(folder: Path, **settings: str) -> Iterator[Product]:
    """`make up` in `folder` as long as the block lasts."""
    product = Product(folder, free_ports(1)[0], **settings)
    process = product.start_and_wait()
    try:
        yield product
    finally:
        end(process)
        for left in product.processes():
            left.kill()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with up(tmp_path_factory.mktemp("make_up"), HOME=str(tmp_path_factory.mktemp("home"))) as product:
        yield product


def test_it_is_ready_soon(product: Product) -> None:
    print(f"ready after {product.seconds:.1f} s")  # 3 to 7 s alone; other tests run beside it here
    assert product.seconds < 2 * READY_SECONDS
    assert product.get("/health").json()["status"] == "ok"
    for word in ("dashboard", f"{product.url}/", "curl", "/outbox", "Ctrl-C"):
        assert word in product.output()
    for alarm in ("overcommit", "FATAL"):
        assert alarm not in product.output()


def test_its_keys_are_its_own_and_needed(product: Product) -> None:
    for name in ("api_key", "tick_secret", "tickwork.env"):
        assert (product.folder / ".local" / name).stat().st_mode & 0o777 == 0o600
    assert httpx.get(f"{product.url}/jobs").status_code == 401
    assert httpx.post(f"{product.url}/tick").status_code == 401
    assert httpx.get(f"{product.url}/health").json() == {"status": "ok"}


def test_it_serves_the_dashboard_as_a_static_host_would(product: Product) -> None:
    page = product.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-cache"
    assert product.get("/config.json").json()["api"] == ""
    assert product.get("/_headers").status_code == 404
    asset = next((product.folder / "frontend/dist/assets").iterdir()).name
    assert "immutable" in product.get(f"/assets/{asset}").headers["cache-control"]


def test_the_first_run_shows_every_type_and_status(product: Product) -> None:
    def seen() -> bool:
        jobs = product.get("/jobs?limit=200").json()["items"]
        statuses = {job["status"] for job in jobs}
        done = {job["type"] for job in jobs if job["status"] == "completed"}
        return statuses >= {"completed", "failed", "cancelled", "pending", "in_progress"} and len(done) == 4

    until(seen, 20)
    types = {job_type["type"] for job_type in product.get("/job-types").json()["items"]}
    assert {job["type"] for job in product.get("/jobs?limit=200").json()["items"]} == types


def test_a_newcomer_is_told_that_samples_fail_on_purpose(product: Product) -> None:
    until(lambda: "attempt.failed" in product.output(), 20)
    assert "two of them fail on purpose" in product.output().partition("attempt.failed")[0]


def test_the_home_folder_is_left_alone(product: Product) -> None:
    assert list(Path(product.settings["HOME"]).iterdir()) == []


def test_a_job_is_done_within_two_ticks_and_its_file_can_be_fetched(product: Product) -> None:
    job = product.create(type="pdf", payload={"invoice_id": "7", "customer": "Grace Hopper", "total": 42})
    done = until(lambda: _completed(product.job(job["id"])), TWO_TICKS_SECONDS)
    assert done["result"]["url"].startswith(f"{product.url}/files/pdf/")
    file = httpx.get(done["result"]["url"])
    assert file.content.startswith(b"%PDF")
    assert (file.headers["content-type"], file.headers["x-content-type-options"]) == ("application/pdf", "nosniff")


def test_a_sent_mail_is_in_the_outbox(product: Product) -> None:
    job = product.create(type="email", payload={"to": "grace@example.com", "subject": "Grüße", "text": "Hallo"})
    until(lambda: _completed(product.job(job["id"])), TWO_TICKS_SECONDS)
    mail = next(mail for mail in product.get("/outbox").json()["items"] if mail["subject"] == "Grüße")
    assert (mail["from"], mail["to"], mail["text"].strip()) == ("jobs@example.com", ["grace@example.com"], "Hallo")


def test_a_cancelled_job_never_runs(product: Product) -> None:
    job = product.create(type="email", payload={"to": "x@example.com", "subject": "no", "text": "no"}, delay_seconds=1)
    assert httpx.put(f"{product.url}/jobs/{job['id']}/cancel", headers=product.signed).json()["status"] == "cancelled"
    later = product.create(type="http", payload={"url": f"{product.url}/echo"}, delay_seconds=1)
    until(lambda: _completed(product.job(later["id"])), 1 + TWO_TICKS_SECONDS)
    assert product.job(job["id"])["attempts"] == []
    assert "no" not in [mail["subject"] for mail in product.get("/outbox").json()["items"]]


def test_bad_requests_get_their_problem_documents_through_the_gateway(product: Product) -> None:
    for method, path, status in [
        ("DELETE", "/jobs", 405), ("POST", "/health", 405), ("GET", "/jobs/no/such", 404), ("GET", "/jobs/7", 422),
    ]:  # fmt: skip
        answer = httpx.request(method, product.url + path, headers=product.signed | {"X-Request-Id": "my-own"})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["request_id"] == "my-own"
    assert (
        httpx.request("DELETE", f"{product.url}/jobs", headers=product.signed).headers["allow"]
        == "GET, HEAD, OPTIONS, POST"
    )
    large = httpx.post(
        f"{product.url}/jobs", content=b"[" + b" " * 20_000_000, headers={"content-type": "application/json"}
    )
    assert large.status_code == 413


def test_a_second_start_in_the_same_folder_is_refused(product: Product) -> None:
    second = subprocess.run([*MAKE_UP, "PORT=1"], cwd=product.folder, capture_output=True, text=True, timeout=30)
    assert second.returncode != 0
    assert f"runs in this folder already: {product.url} (process " in second.stderr


def test_a_taken_port_is_named_with_who_has_it(product: Product, tmp_path: Path) -> None:
    other = Product(tmp_path, product.port)
    process = other.start()
    assert process.wait(30) != 0
    assert f"Port {product.port} is taken by python" in other.output()
    assert other.processes() == []


def test_wrong_settings_are_all_named(product: Product, tmp_path: Path) -> None:
    other = Product(tmp_path, product.port)
    (tmp_path / ".env").write_text("LEASE_SECONDS=soon\nMAX_BATCH=0\n")
    assert other.start().wait(30) != 0
    assert "LEASE_SECONDS" in other.output()
    assert "MAX_BATCH" in other.output()
    assert "Traceback" not in other.output()


def test_sigterm_leaves_nothing_behind_and_the_data_are_kept(product: Product) -> None:
    count = product.get("/jobs/count").json()["count"]
    make = next(process for process in product.processes() if process.name() == "make")
    make.send_signal(signal.SIGTERM)
    until(lambda: not product.processes(), ENDED_SECONDS)
    assert "all parts have ended" in product.output()
    process = product.start_and_wait()
    try:
        assert product.get("/jobs/count").json()["count"] == count
        _kill_part(product, "functions/cancel_job")
        assert process.wait(ENDED_SECONDS) != 0
        assert "cancel_job ended by itself (killed by SIGKILL), so everything stops." in product.output()
        until(lambda: not product.processes(), ENDED_SECONDS)
    finally:
        end(process)


def test_even_a_killed_supervisor_leaves_nothing_behind(product: Product) -> None:
    process = product.start_and_wait()
    try:
        supervisor = min(
            (p for p in product.processes() if _words(p)[-2:] == ["-m", "infra.local"]),
            key=psutil.Process.create_time,
        )
        supervisor.kill()
        until(lambda: not product.processes(), ENDED_SECONDS)
    finally:
        end(process)


def until(probe: Callable[[], T], seconds: float) -> T:
    """What `probe` says once that is true; AssertionError when it takes longer."""
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)
    return answer


def _completed(job: Any) -> Any:
    assert job["status"] in ("pending", "in_progress", "completed"), job
    return job if job["status"] == "completed" else None


def _kill_part(product: Product, source: str) -> None:
    parts = [p for p in product.processes() if any(source in word for word in _words(p))]
    min(parts, key=psutil.Process.create_time).kill()


def _words(process: psutil.Process) -> list[str]:
    """Its command line; none when it has ended meanwhile, as one of Postgres's for a connection may."""
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _runs_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(folder) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _not_ours(folder: str, names: list[str]) -> set[str]:
    left_out = {".git", ".venv", ".local", "node_modules", "build", "tests", "__pycache__", ".env"}
    return left_out & set(names) | {name for name in names if name.endswith("_cache")}
