"""The nouns. A job is a row, an attempt one execution of it; JobStatus and TRANSITIONS are the state machine."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Self, TypeAlias
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)

if TYPE_CHECKING:
    import uuid_utils

NewId: TypeAlias = "UUID | uuid_utils.UUID"  # the latter takes a fifth of the time to make, and no garbage collector

ID_BYTES = 16
MIN_PRIORITY, MAX_PRIORITY = -512, 511  # ten bits of an index score, see shard.py
MAX_PAYLOAD_BYTES = 256 * 1024
MAX_JOBS = 10_000  # in one request
MAX_RETRIES = 100
MAX_DELAY_SECONDS = 10 * 366 * 86_400
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class JobStatus(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self in FINAL


FINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})

# event → {status before: status after}. Whatever is not listed is refused by the statement's WHERE clause.
TRANSITIONS: dict[str, dict[JobStatus, JobStatus]] = {
    "claim": {JobStatus.PENDING: JobStatus.IN_PROGRESS},
    "rescue": {JobStatus.IN_PROGRESS: JobStatus.IN_PROGRESS},
    "exhaust": {JobStatus.IN_PROGRESS: JobStatus.FAILED},
    "complete": {JobStatus.IN_PROGRESS: JobStatus.COMPLETED},
    "retry_later": {JobStatus.IN_PROGRESS: JobStatus.PENDING},
    "release": {JobStatus.IN_PROGRESS: JobStatus.PENDING},
    "fail": {JobStatus.IN_PROGRESS: JobStatus.FAILED},
    "cancel": {JobStatus.PENDING: JobStatus.CANCELLED, JobStatus.IN_PROGRESS: JobStatus.IN_PROGRESS},
    "stop": {JobStatus.IN_PROGRESS: JobStatus.CANCELLED},
    "reschedule": {JobStatus.PENDING: JobStatus.PENDING},
    "retry": {JobStatus.FAILED: JobStatus.PENDING, JobStatus.CANCELLED: JobStatus.PENDING},
}

TypeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,62}$")]


def _whole(number: object) -> object:
    """To JSON, 4.0 is an integer; some languages write it so."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


# Behind any Field(ge=…): pydantic keeps bounds that come after a validator out of the JSON schema.
Whole = BeforeValidator(_whole)
Priority = Annotated[int, Field(strict=True, ge=MIN_PRIORITY, le=MAX_PRIORITY), Whole]


def _is_timestamp(text: object) -> object:
    if isinstance(text, int | float) or (isinstance(text, str) and not re.match(r"\d{4}-\d\d-\d\d[Tt ]", text)):
        raise ValueError("must be an RFC 3339 time such as 2030-01-31T12:00:00Z")
    return text


def _within_range(at: datetime) -> datetime:
    if not EARLIEST <= at < LATEST:
        raise ValueError("must lie between the years 2000 and 2200")
    return at.astimezone(UTC)  # Postgres knows no zones beyond 16 hours


# pydantic would also take a number in a string for seconds since 1970
# and, behind a validator of ours, strictness would refuse the string that JSON has for a time.
CENTURIES = Field(strict=False, json_schema_extra={"pattern": "^2[01]"})
Timestamp = Annotated[AwareDatetime, CENTURIES, BeforeValidator(_is_timestamp), AfterValidator(_within_range)]


def gives(name: str, kind: str) -> dict[str, Any]:
    """JSON schema of an object that has `name`, and not as null."""
    return {"required": [name], "properties": {name: {"type": kind}}}


class When(BaseModel):
    """When a job becomes due: now, unless `scheduled_at` or `delay_seconds` says otherwise."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"not": {"allOf": [gives("scheduled_at", "string"), gives("delay_seconds", "number")]}},
    )

    scheduled_at: Timestamp | None = Field(None, description="When it becomes due, RFC 3339 with a zone.")
    delay_seconds: Annotated[float, Field(ge=0, le=MAX_DELAY_SECONDS, allow_inf_nan=False)] | None = Field(
        None, description="Due this long from now, by the database's clock. Not together with scheduled_at."
    )

    @model_validator(mode="after")
    def one_time(self) -> Self:
        if self.scheduled_at is not None and self.delay_seconds is not None:
            raise ValueError("give scheduled_at or delay_seconds, not both")
        return self


class NewJob(When):
    """What a caller sends to create one job. Due now unless `scheduled_at` or `delay_seconds` says otherwise."""

    type: TypeName = Field(description="Which handler runs it; see GET /job-types.", examples=["email"])
    payload: dict[str, JsonValue] = Field(
        default_factory=dict, description="What the handler gets; validated by its type."
    )
    priority: Priority = Field(0, description="Higher runs sooner among due jobs.")
    max_retries: Annotated[int, Field(ge=0, le=MAX_RETRIES), Whole] = Field(
        3, description="Failed attempts that are tried again; attempts in total = 1 + max_retries."
    )


class Attempt(BaseModel):
    """One execution. `outcome` is null while it runs; `expired` means its lease ran out before a result came."""

    model_config = ConfigDict(extra="forbid", defer_build=True)  # only openapi.json needs it

    attempt: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None = Field(description="completed, retry, failed, cancelled or expired")
    error: str | None
    logs: list[dict[str, Any]] = Field(description='[{"at": RFC 3339, "message": "…", …}]')


class Job(BaseModel):
    """A job as every endpoint answers it."""

    model_config = ConfigDict(extra="forbid", defer_build=True)  # only openapi.json needs it

    id: UUID
    type: str
    status: JobStatus
    payload: dict[str, JsonValue] | None = Field(description="null in lists when over 4 KiB; GET /jobs/{id} has it")
    priority: int
    retries: int = Field(description="retries used in the present round")
    max_retries: int
    scheduled_at: datetime
    completed_at: datetime | None
    failed_reason: str | None
    created_at: datetime
    updated_at: datetime = Field(description="when a caller or an outcome last changed it; a start is started_at")
    attempt: int = Field(description="executions claimed so far; the fence that refuses late results")
    started_at: datetime | None = Field(description="when the latest attempt started")
    lease_expires_at: datetime | None
    cancel_requested_at: datetime | None
    progress: dict[str, JsonValue] | None = Field(description='{"fraction": 0..1 or null, "message": "…"}')
    result: JsonValue = Field(description="what the handler returned; null in lists")


class JobDetail(Job):
    why: str = Field(description="in words: what the job waits for, or how it ended")
    attempts: list[Attempt]


class Claimed(NamedTuple):
    """A row that a claim has just turned in_progress (or, retries used up, failed). `payload` is JSON text; `clock`
    is the database's at its claim, when that came before it was due."""

    id: UUID
    type: str
    status: str
    payload: str
    priority: int
    attempt: int
    retries: int
    max_retries: int
    scheduled_at: datetime
    started_at: datetime
    rescued: bool
    trace_parent: str | None = None
    clock: datetime | None = None


class Settled(NamedTuple):
    """Where a row stands after a write: all that the index needs to follow it."""

    id: UUID
    status: str
    priority: int
    scheduled_at: datetime
    lease_expires_at: datetime | None


class Settlement(NamedTuple):
    """What became of outcomes: the ids, as 16 bytes each, of jobs that ended, and the rows that wait again. Who is in
    neither was refused: its attempt was not the row's own any more."""

    ended: list[bytes]
    waiting: list[Settled]

    def refused(self, outcomes: Sequence["Outcome"]) -> set[UUID]:
        """Ids of the late ones among `outcomes`."""
        if len(self.ended) + len(self.waiting) == len(outcomes):
            return set()
        return {outcome.id for outcome in outcomes} - self.accepted

    @property
    def accepted(self) -> set[UUID]:
        return {UUID(bytes=id) for id in self.ended} | {row.id for row in self.waiting}

    def written(self, outcomes: Sequence["Outcome"]) -> list["Outcome"]:
        """`outcomes` as the history has them: a retry whose job ended was of one that had been asked to stop."""
        ended = set(self.ended)
        return [
            outcome._replace(outcome="cancelled")
            if outcome.outcome == "retry" and outcome.id.bytes in ended
            else outcome
            for outcome in outcomes
        ]

    def with_(self, other: "Settlement") -> "Settlement":
        """Both as one."""
        return Settlement(self.ended + other.ended, self.waiting + other.waiting)


class Outcome(NamedTuple):
    """What one attempt came to, to be settled. `result` and `logs` are JSON text; `delay` in seconds, for retry."""

    id: UUID
    attempt: int
    outcome: str
    error: str | None = None
    result: str | None = None
    logs: str | None = None
    delay: float = 0.0


# An attempt's outcome → what ticks and statistics count it as.
COUNTED_AS = {"completed": "completed", "failed": "failed", "retry": "retried", "expired": "retried"}


class JobRow(NamedTuple):
    """A row to insert. `payload` is JSON text; due at `scheduled_at`, or `delay` seconds from the database's now.

    `trace_parent`, as columns spell it, is the traceparent, as HTTP spells it, of the request that creates it."""

    id: NewId
    type: str
    payload: str
    priority: int
    max_retries: int
    scheduled_at: datetime | None
    delay: float
    trace_parent: str | None = None


class Created(NamedTuple):
    """What the database decided about a new row."""

    id: NewId
    scheduled_at: datetime
    created_at: datetime
