"""What the routes do not say of each operation: in words, what it takes, how it answers, what it refuses."""

from typing import Any, NamedTuple

from pydantic import BaseModel

from tickwork.alerts.channel import NewChannel
from tickwork.api import schemas
from tickwork.api.tick_query import TickQuery
from tickwork.auth.manage import AuditQuery, NewKeyRequest
from tickwork.core.filters import QueryFilter
from tickwork.core.job import Job, JobDetail, NewJob, When
from tickwork.engine.run_batch import RunRequest
from tickwork.jobs import metrics
from tickwork.jobs.control import Change, Many
from tickwork.jobs.listing import Query
from tickwork.jobs.stats import StatsQuery


class Operation(NamedTuple):
    """`refusals` are the statuses of its problem documents besides 413 and 503; `examples` are bodies by name.

    `answer` None stands for this document itself, which describes no further.
    """

    summary: str
    answer: type[BaseModel] | None
    refusals: tuple[int, ...] = ()
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    examples: dict[str, Any] | None = None
    status: int = 200
    body_required: bool = True
    media: str = "application/json"


AN_ID = "01890000-0000-7000-8000-000000000000"
UNREADABLE = (400, 415, 422)  # what any call with a body may be refused with
SOME = {
    "ids": {"ids": [AN_ID]},
    "filter": {"filter": {"type": ["email"], "priority_max": -1}, "expected": 3},
}
LATER = {"in a minute": {"delay_seconds": 60}, "at a time": {"scheduled_at": "2030-01-31T12:00:00Z"}}

OPERATIONS = {
    "create": Operation("Create one job, or many: all or none", Job, UNREADABLE, body=NewJob, status=201),
    "list": Operation("List jobs", schemas.Page, (422,), query=Query),
    "count": Operation("Count jobs, up to 10,000", schemas.Count, (422,), query=QueryFilter),
    "stats": Operation("Counts, throughput and latencies", schemas.Stats, (422,), query=StatsQuery),
    "detail": Operation("One job with its attempts, and why it stands where it stands", JobDetail, (404, 422)),
    "job_types": Operation("The known types with their payloads' JSON schemas", schemas.JobTypes),
    "health": Operation("Whether the stores answer and ticks come", schemas.Health),
    "alerts": Operation("Where alerts go, and which were sent lately", schemas.Alerts),
    "add_channel": Operation(
        "Add a channel for alerts",
        schemas.AlertChannel,
        (409, *UNREADABLE),
        body=NewChannel,
        examples={"mail": {"name": "On call", "kind": "email", "url": "oncall@example.com", "events": ["no_tick"]}},
        status=201,
    ),
    "remove_channel": Operation("Remove a channel", None, (404, 422), status=204),
    "test_channel": Operation("Send a test message to a channel", schemas.Tested, (404, 422)),
    "metrics": Operation("Figures for Prometheus, in its text format", None, media=metrics.MEDIA_TYPE),
    "openapi": Operation("This document", None),
    "sign_in": Operation("How one signs in", schemas.SignIn),
    "me": Operation("Who you are", schemas.Me),
    "keys": Operation("All API keys, without their secrets", schemas.Keys),
    "audit": Operation("Who did what, newest first", schemas.AuditPage, (422,), query=AuditQuery),
    "create_key": Operation(
        "Make an API key, which is shown this once",
        schemas.CreatedKey,
        (409, *UNREADABLE),
        body=NewKeyRequest,
        examples={"for a service": {"name": "shop", "role": "operator", "expires_in_days": 90}},
        status=201,
    ),
    "revoke_key": Operation("End an API key", None, (404, 422), status=204),
    "update": Operation(
        "Move a waiting job in time or rank",
        Job,
        (404, 409, *UNREADABLE),
        body=Change,
        examples=LATER | {"ahead of others": {"priority": 10}},
    ),
    "cancel": Operation("Cancel a waiting job, ask a running one to stop", Job, (404, 409, 422)),
    "cancel_many": Operation("Cancel many", schemas.ManyChanged, (409, *UNREADABLE), body=Many, examples=SOME),
    "retry": Operation(
        "Start a new round of a failed or cancelled job",
        Job,
        (404, 409, *UNREADABLE),
        body=When,
        examples=LATER,
        body_required=False,
    ),
    "retry_many": Operation(
        "Start a new round of many", schemas.ManyChanged, (409, *UNREADABLE), body=Many, examples=SOME
    ),
    "tick": Operation("Run what is due", schemas.TickReport, (422,), query=TickQuery),
    "run": Operation(
        "Run a batch that a tick hands over",
        schemas.RunReport,
        UNREADABLE,
        body=RunRequest,
        examples={"one": {"ids": [AN_ID], "budget_seconds": 4}},
    ),
}
