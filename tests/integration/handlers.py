"""Job types for tests: each does one thing that a handler may do."""

import threading
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict

from tickwork.core.backoff import Backoff
from tickwork.core.context import JobContext
from tickwork.core.errors import Cancelled, Permanent, RetryAfter
from tickwork.core.handler import Handler


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    n: int


RUNS: list[tuple[str, int]] = []  # (job id, attempt) of every start
GATES: dict[str, threading.Event] = {}


def ok(payload: Anything, job: JobContext) -> dict[str, Any]:
    RUNS.append((str(job.id), job.attempt))
    job.log("ran", attempt=job.attempt)
    return {"echo": payload.model_dump()}


def fails(payload: Anything, job: JobContext) -> None:
    RUNS.append((str(job.id), job.attempt))
    raise ValueError("boom")


def permanent(payload: Anything, job: JobContext) -> None:
    raise Permanent("no such customer")


def later(payload: Anything, job: JobContext) -> None:
    raise RetryAfter(120, "busy")


def stops(payload: Anything, job: JobContext) -> None:
    raise Cancelled("stopped")


def raising(error: BaseException) -> Callable[[Any, JobContext], None]:
    """A handler that does nothing else."""

    def function(payload: Any, job: JobContext) -> None:
        raise error

    return function


def gated(payload: Anything, job: JobContext) -> dict[str, Any]:
    """Runs until its gate (payload.gate) opens."""
    RUNS.append((str(job.id), job.attempt))
    gate = GATES[payload.model_dump()["gate"]]
    assert gate.wait(60)
    return {"attempt": job.attempt}


def strict(payload: Strict, job: JobContext) -> None:
    RUNS.append((str(job.id), job.attempt))


def _handler(function: Any, model: type[BaseModel] = Anything, **options: Any) -> Handler:
    return Handler(function.__name__, function, model, backoff=Backoff(base=5000, factor=2, cap=60_000), **options)


HANDLERS = {
    handler.type: handler
    for handler in [
        _handler(ok), _handler(fails), _handler(permanent), _handler(later), _handler(stops), _handler(gated),
        _handler(strict, Strict),
    ]
}  # fmt: skip
