"""What a message says."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from tickwork.alerts.channel import AlertEvent

TEST = "test"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one channel. `subject` is the type of job_failed; `count` is of jobs; `seconds` is how
    long the longest due job, or the next tick, has been waited for."""

    id: UUID
    at: datetime
    channel: str
    kind: str
    url: str
    event: str
    subject: str
    count: int
    seconds: float
    tries: int

    @property
    def title(self) -> str:
        return f"Tickwork: {_TITLES[self.event].format(**self._words())}"

    @property
    def text(self) -> str:
        return _TEXTS[self.event].format(**self._words())

    def _words(self) -> dict[str, str]:
        jobs = "1 job" if self.count == 1 else f"{self.count:,} jobs"
        waited = f"{self.seconds:,.0f} s" if self.seconds else "as long as is known"
        at = f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        return {"jobs": jobs, "type": self.subject, "waited": waited, "at": at}


_TITLES = {
    AlertEvent.NO_TICK: "no tick comes",
    AlertEvent.DUE_LATE: "due jobs wait too long",
    AlertEvent.JOB_FAILED: "{jobs} of type {type} failed",
    TEST: "test message",
}
_TEXTS = {
    AlertEvent.NO_TICK: "No tick has come for {waited}: nothing runs until POST /tick is called again. Seen at {at}.",
    AlertEvent.DUE_LATE: "The longest due job has waited for {waited}; {jobs} are due. Seen at {at}.",
    AlertEvent.JOB_FAILED: (
        "{jobs} of type {type} failed for good since this was last told. The dashboard shows their errors, under status"
        " failed. Seen at {at}; more of this type are told in five minutes at the earliest."
    ),
    TEST: "This channel works. Sent at {at}.",
}
