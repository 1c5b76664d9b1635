"""What a handler knows of the job it runs, and how it reports back."""

import threading
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

from shared.errors import Cancelled

MAX_LOG_LINES = 500
MAX_LOG_CHARACTERS = 2_000


class JobContext:
    """Handed to every handler. Safe to use from several threads of the handler's own."""

    def __init__(self, id: UUID, type: str, attempt: int, retries: int, max_retries: int, timeout: float, now: Callable[[], datetime]):
        self.id = id
        self.type = type
        self.attempt = attempt
        self.retries = retries
        self.max_retries = max_retries
        self.logs: list[dict[str, Any]] = []
        self.latest_progress: dict[str, Any] | None = None
        self.cancel_requested = threading.Event()
        self._deadline = monotonic() + timeout
        self._now = now

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this job: give it to receivers that can refuse a repeat."""
        return str(self.id)

    @property
    def attempt_key(self) -> str:
        return f"{self.id}:{self.attempt}"

    @property
    def seconds_left(self) -> float:
        """Until the type's timeout gives this attempt up; never negative."""
        return max(0.0, self._deadline - monotonic())

    def log(self, message: str, **fields: Any) -> None:
        """Add a line to this attempt's log, shown in the dashboard. At most 500 lines of 2,000 characters are kept."""
        if len(self.logs) < MAX_LOG_LINES:
            self.logs.append({"at": self._now().isoformat(), "message": str(message)[:MAX_LOG_CHARACTERS], **fields})

    def progress(self, fraction: float | None = None, message: str = "") -> None:
        """Say how far it is (0 … 1, or None); stored when the lease is next renewed."""
        self.latest_progress = {"fraction": fraction, "message": str(message)[:MAX_LOG_CHARACTERS]}

    def cancelled(self) -> bool:
        """True once somebody asked to cancel this job, or its lease was lost; seen within one lease renewal."""
        return self.cancel_requested.is_set()

    def check(self) -> None:
        """Raise Cancelled when `cancelled()`; call it between the steps of long work."""
        if self.cancelled():
            raise Cancelled("stopped at the handler's check: cancellation was requested")
