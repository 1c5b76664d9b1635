"""The shapes of answers that are no jobs, for openapi.json; the tests hold every answer against them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from tickwork.core.job import Job
from tickwork.core.principal import Role


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Created(Answer):
    """The jobs of a batch, in its order."""

    items: list[Job]


class Page(Answer):
    """One page of a list."""

    items: list[Job]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last.")
    searched: int | None = Field(description="Rows a text search looked at before it stopped; null when it saw all.")


class Count(Answer):
    count: int
    capped: bool = Field(description="There are more; counting stopped.")


class CountsByStatus(Answer):
    pending: int
    in_progress: int
    completed: int
    failed: int
    cancelled: int


class CountsOfType(CountsByStatus):
    type: str


class Due(Answer):
    count: int = Field(description="Due waiting jobs, counted up to 10,000.")
    oldest_scheduled_at: datetime | None


class Point(Answer):
    at: datetime
    completed: int
    failed: int
    retried: int


class Throughput(Answer):
    bucket_seconds: int
    points: list[Point]


class Percentiles(Answer):
    """Milliseconds; upper bounds of buckets that grow by the square root of two."""

    p50: float
    p95: float
    p99: float


class LatestTick(Answer):
    last_tick_at: datetime | None
    silent: bool = Field(description="No tick has come for longer than silence_seconds.")
    silence_seconds: float


class Stats(Answer):
    counts: CountsByStatus
    types: list[CountsOfType]
    due: Due
    throughput: Throughput
    wait_ms: Percentiles | None = Field(description="Due to start.")
    run_ms: Percentiles | None = Field(description="Start to finish.")
    tick: LatestTick
    degraded: list[Literal["redis"]]


class JobType(Answer):
    type: str
    description: str
    timeout_seconds: float
    max_concurrency: int | None
    schema_: dict[str, Any] = Field(alias="schema", description="JSON schema of the payload.")


class JobTypes(Answer):
    items: list[JobType]


class Health(Answer):
    """All of it for those who are signed in; for others the status alone."""

    status: Literal["ok", "degraded", "down"]
    postgres: Literal["ok", "down"] = "ok"
    redis: Literal["ok", "down"] = "ok"
    last_tick_at: datetime | None = None
    silent: bool = False


AlertName = Literal["no_tick", "due_late", "job_failed"]


class AlertChannel(Answer):
    """Where messages go; its url is not shown again."""

    id: UUID
    name: str
    kind: Literal["email", "slack", "webhook"]
    url_hint: str
    events: list[AlertName]
    created_at: datetime


class AlertDelivery(Answer):
    """A message to a channel."""

    at: datetime
    channel: str
    event: Literal["no_tick", "due_late", "job_failed", "test"]
    ok: bool = Field(description="It was sent; otherwise it is tried up to five times.")
    error: str | None
    count: int = Field(description="Jobs that it tells of.")


class Alerts(Answer):
    channels: list[AlertChannel]
    deliveries: list[AlertDelivery] = Field(description="The latest hundred, newest first.")


class Tested(Answer):
    ok: bool
    error: str | None


class ManyChanged(Answer):
    """What a bulk action did."""

    matched: int
    changed: int
    requested: int = Field(description="Running jobs that were asked to stop.")
    skipped: int
    more: bool = Field(description="More match: call again.")


class WorkReport(Answer):
    """What a tick or a run did, in jobs."""

    taken: int
    completed: int
    retried: int
    failed: int
    cancelled: int
    released: int = Field(description="Put back unharmed: the time budget was spent before their turn.")
    rescued: int = Field(description="Their lease had expired.")
    handed_over: int = Field(description="Went into run_jobs's queue; what becomes of them is told there.")
    refused: int = Field(description="Late results that the fence turned away.")
    reconciled: int = Field(description="The index lacked them.")
    pruned: int
    degraded: list[str] = Field(description="Stores or functions that did not answer; the work went on without them.")


class TickReport(WorkReport):
    next_due_at: datetime | None
    duration_ms: int


class RunReport(WorkReport):
    claimed: int


class Oidc(Answer):
    issuer: str | None
    authorization_endpoint: str | None
    token_endpoint: str | None
    client_id: str
    scope: str


class SignIn(Answer):
    key: Literal[True]
    oidc: Oidc | None = Field(description="For code with PKCE.")
    insecure: bool = Field(description="Callers on this machine need no key.")


class Me(Answer):
    name: str
    role: Role
    via: Literal["key", "oidc", "insecure"]
    expires_at: datetime | None


class Key(Answer):
    id: UUID
    name: str
    role: Role
    prefix: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None


class Keys(Answer):
    items: list[Key]


class CreatedKey(Key):
    key: str = Field(description="Shown this once.")


class Audited(Answer):
    id: int
    at: datetime
    actor: str
    via: str
    action: str
    job_id: UUID | None
    detail: dict[str, Any]
    request_id: str


class AuditPage(Answer):
    items: list[Audited]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last.")


class Fault(BaseModel):
    field: str
    message: str
    index: int | None = Field(None, description="Position in a batch.")


class ProblemDocument(Answer):
    """RFC 9457."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    errors: list[Fault]
    request_id: str
