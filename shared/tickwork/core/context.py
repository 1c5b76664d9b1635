"""What a handler knows of the job it runs, and how it reports back."""

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from tickwork.core.errors import Cancelled
from tickwork.core.job import Claimed
from tickwork.core.text import printable
from tickwork.core.trace_context import next_span, parse

MAX_LOG_LINES = 500
MAX_LOG_CHARACTERS = 2_000
MAX_EXACT = 2**53  # larger numbers lose digits in browsers; they are kept as text


class JobContext:
    """Handed to every handler. Safe to use from several threads of the handler's own."""

    def __init__(self, job: Claimed, timeout: float):
        self.id = job.id
        self.type = job.type
        self.attempt = job.attempt
        self.retries = job.retries
        self.max_retries = job.max_retries
        self.logs: list[dict[str, Any]] = []
        self.latest_progress: dict[str, Any] | None = None
        self._asked_to_stop = False
        self._started_at = job.started_at
        self._start = monotonic()
        self._timeout = timeout
        self._created_in = job.trace_parent
        self._traceparent: str | None = None

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this job: give it to receivers that can refuse a repeat."""
        return str(self.id)

    @property
    def traceparent(self) -> str | None:
        """W3C trace context to hand on to whatever is called: this attempt's span. None when the job is in no trace."""
        if self._traceparent is None and (created_in := parse(self._created_in)):
            self._traceparent = str(next_span(created_in))
        return self._traceparent

    @traceparent.setter
    def traceparent(self, span: str) -> None:
        self._traceparent = span

    @property
    def seconds_left(self) -> float:
        """Until the type's timeout gives this attempt up; never negative."""
        return max(0.0, self._start + self._timeout - monotonic())

    @property
    def now(self) -> datetime:
        """The database's time, carried on from the start of the attempt; the host's own clock may be wrong."""
        return self._started_at + timedelta(seconds=monotonic() - self._start)

    def log(self, message: str, **fields: Any) -> None:
        """Add a line to this attempt's log, shown in the dashboard. At most 500 lines of 2,000 characters are kept.

        Numbers and truth values among `fields` stay what they are, all else is kept as text.
        """
        if len(self.logs) < MAX_LOG_LINES:
            kept = {printable(name, 100): _kept(value) for name, value in fields.items()}
            at = self.now.astimezone(UTC).isoformat().replace("+00:00", "Z")
            self.logs.append({"at": at, "message": printable(message, MAX_LOG_CHARACTERS), **kept})

    def progress(self, fraction: float | None = None, message: str = "") -> None:
        """Say how far it is (0 … 1, or None); stored when the lease is next renewed."""
        share = None if fraction is None else min(1.0, max(0.0, float(fraction)))
        self.latest_progress = {"fraction": share, "message": printable(message, MAX_LOG_CHARACTERS)}

    def cancelled(self) -> bool:
        """True once somebody asked to cancel this job, or its lease was lost; seen within one lease renewal."""
        return self._asked_to_stop

    def ask_to_stop(self) -> None:
        """What the runner calls when cancellation was requested or this attempt was given up."""
        self._asked_to_stop = True

    def check(self) -> None:
        """Raise Cancelled when `cancelled()`; call it between the steps of long work."""
        if self.cancelled():
            raise Cancelled("stopped at the handler's check: cancellation was requested")


def _kept(value: Any) -> Any:
    plain = type(value) in (bool, int, float) and abs(value) <= MAX_EXACT  # which NaN is not
    return value if plain else printable(value, MAX_LOG_CHARACTERS)
