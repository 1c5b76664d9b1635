"""The nouns. A job is a row; an attempt is one execution of it; JobStatus and TRANSITIONS are the state machine as data."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

MIN_PRIORITY, MAX_PRIORITY = -512, 511  # ten bits of an index score, see due_index.py
MAX_PAYLOAD_BYTES = 256 * 1024
MAX_BATCH = 10_000
MAX_RETRIES = 100
MAX_DELAY_SECONDS = 10 * 366 * 86_400


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
Priority = Annotated[int, Field(strict=True, ge=MIN_PRIORITY, le=MAX_PRIORITY)]


class NewJob(BaseModel):
    """What a caller sends to create one job. Due now unless `scheduled_at` or `delay_seconds` says otherwise."""

    model_config = ConfigDict(extra="forbid")

    type: TypeName = Field(description="Which handler runs it; see GET /job-types.", examples=["email"])
    payload: dict[str, JsonValue] = Field(default_factory=dict, description="What the handler gets; validated by its type.")
    priority: Priority = Field(0, description="Higher runs first among due jobs.")
    max_retries: Annotated[int, Field(strict=True, ge=0, le=MAX_RETRIES)] = Field(
        3, description="Failed attempts that are tried again; attempts in total = 1 + max_retries."
    )
    scheduled_at: AwareDatetime | None = Field(None, description="When it becomes due, RFC 3339 with a zone.")
    delay_seconds: Annotated[float, Field(ge=0, le=MAX_DELAY_SECONDS, allow_inf_nan=False)] | None = Field(
        None, description="Due this long from now, by the database's clock. Not together with scheduled_at."
    )

    @model_validator(mode="after")
    def one_time(self) -> "NewJob":
        if self.scheduled_at is not None and self.delay_seconds is not None:
            raise ValueError("give scheduled_at or delay_seconds, not both")
        return self


class Attempt(BaseModel):
    """One execution. `outcome` is null while it runs; `expired` means its lease ran out before a result came."""

    attempt: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None = Field(description="completed, retry, failed, cancelled, released or expired")
    error: str | None
    logs: list[dict[str, Any]] = Field(description='[{"at": RFC 3339, "message": "…", …}]')


class Job(BaseModel):
    """A job as every endpoint answers it."""

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
    updated_at: datetime
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
    """A row that a claim has just turned in_progress (or, retries used up, failed). `payload` is JSON text."""

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


class Settled(NamedTuple):
    """Where a row stands after a write: all that the index needs to follow it."""

    id: UUID
    status: str
    priority: int
    scheduled_at: datetime
    lease_expires_at: datetime | None
