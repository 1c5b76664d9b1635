"""What the handlers' tests share: a job to run, settings, and the services that the handlers talk to."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller

from tickwork.core.context import JobContext
from tickwork.core.job import Claimed
from tickwork.core.settings import settings

JOB_ID = UUID("0199e000-0000-7000-8000-000000000001")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

MakeJob = Callable[..., JobContext]
Configure = Callable[..., None]


@pytest.fixture
def make_job() -> MakeJob:
    """A job's context, of the same id each time."""

    def make(attempt: int = 1, timeout: float = 60) -> JobContext:
        claimed = {"id": JOB_ID, "type": "x", "attempt": attempt, "max_retries": 3, "started_at": NOW}
        return JobContext(Claimed(**{name: claimed.get(name, 0) for name in Claimed._fields}), timeout)

    return make


@pytest.fixture
def job(make_job: MakeJob) -> JobContext:
    return make_job()


@pytest.fixture(autouse=True)
def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Configure]:
    """Set environment variables and have the settings read anew; files go to a folder of the test's own."""

    def set_all(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    for name in (
        "AWS_ENDPOINT_URL",
        "SMTP_URL",
        "EMAIL_FROM",
        "HTTP_ALLOW_HOSTS",
        "WEBHOOK_SECRET",
        "STORAGE_PUBLIC_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    set_all(DATABASE_URL="postgresql:///none", REDIS_URL="redis://127.0.0.1:1", STORAGE_URL=f"file:{tmp_path}/files")
    yield set_all
    settings.cache_clear()


@pytest.fixture
def on_aws(aws: str, configure: Configure) -> str:
    configure(
        AWS_ENDPOINT_URL=aws, AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_REGION="us-east-1"
    )
    return aws


class Inbox:
    """An SMTP server's handler that keeps what it takes; `refusals` maps a recipient, or "DATA",
    to the answer it gets."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.refusals: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if "DATA" in self.refusals:
            return self.refusals["DATA"]
        self.taken.append(envelope)
        return "250 OK"


class AnyPort(Controller):
    """Learns its port from the system before aiosmtpd tries it out."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def inbox(configure: Configure) -> Iterator[Inbox]:
    """A real SMTP server that SMTP_URL names."""
    handler = Inbox()
    controller = AnyPort(handler, hostname="127.0.0.1", port=0)
    controller.start()
    configure(SMTP_URL=f"smtp://127.0.0.1:{controller.port}", EMAIL_FROM="jobs@example.com")
    yield handler
    controller.stop()
