"""Starts, stops and feeds the product for the dashboard's tests: `Stack`."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from infra.local.valkey import free_ports
from tests.servers import ROOT

START_SECONDS = 60
FAR = "2035-01-01T00:00:00Z"


class Stack:
    """`url` is the dashboard's address. The process can be stopped and started again on the same port."""

    def __init__(self, dsn: str, redis_url: str, folder: Path, **settings: str):
        self._folder = folder
        self._port = free_ports(1)[0]
        # The pages are tested without a sign-in but where a test is about that: `settings` then says otherwise.
        self._env = (
            os.environ | {"DATABASE_URL": dsn, "REDIS_URL": redis_url, "INSECURE_NO_AUTH": "loopback"} | settings
        )
        self.url = f"http://127.0.0.1:{self._port}"
        self.client = httpx.Client(base_url=self.url, timeout=30)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.e2e.dashboard.server", str(self._port), str(self._folder)]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._env, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self._folder / "server.log").read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            return self.client.get("/health").status_code in (200, 503)
        except httpx.TransportError:
            return False

    def create(self, *jobs: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self._call("POST", "/jobs", list(jobs))["items"])

    def one(self, **fields: Any) -> dict[str, Any]:
        """One job: an e-mail far in the future unless `fields` say otherwise."""
        return self.create({"type": "email", "payload": mail(), "scheduled_at": FAR} | fields)[0]

    def get(self, id: str) -> dict[str, Any]:
        return dict(self._call("GET", f"/jobs/{id}"))

    def put(self, path: str) -> dict[str, Any]:
        return dict(self._call("PUT", path))

    def post(self, path: str, body: Any = None) -> dict[str, Any]:
        return dict(self._call("POST", path, body))

    def key(self, name: str, role: str) -> str:
        """A new API key."""
        return str(self.post("/keys", {"name": name, "role": role})["key"])

    def tick(self) -> dict[str, Any]:
        return dict(self._call("POST", "/tick"))

    def count(self, **filters: str) -> int:
        return int(self.client.get("/jobs/count", params=filters).raise_for_status().json()["count"])

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        response = self.client.request(method, path, json=body)
        assert response.is_success, response.text
        return response.json()

    def echo(self, **query: str | int) -> dict[str, Any]:
        """Payload of an http job that calls the gateway's own echo."""
        return {"url": str(httpx.URL(f"{self.url}/echo", params=query)), "method": "POST"}


def mail(**fields: Any) -> dict[str, Any]:
    return {"to": ["ada@example.com"], "subject": "Hello", "text": "Dear Ada"} | fields


@contextmanager
def running(dsn: str, redis_url: str, folder: Path, **settings: str) -> Iterator[Stack]:
    stack = Stack(dsn, redis_url, folder, **settings)
    try:
        stack.start()
        yield stack
    finally:
        stack.client.close()
        stack.stop()
