"""What run_jobs is asked to do: a batch of ids, and how long it may go on starting handlers."""

from time import monotonic
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from tickwork.core.job import MAX_JOBS
from tickwork.engine.attempt_log import log_work
from tickwork.engine.report import Report
from tickwork.engine.runner import Runner


class RunRequest(BaseModel):
    """Body of POST /run. Ids that are not due, not theirs to run or unknown are passed over."""

    model_config = ConfigDict(extra="forbid", strict=True)

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_JOBS)]
    budget_seconds: Annotated[float, Field(ge=0, le=900, allow_inf_nan=False)] = Field(
        4.0, description="No handler is started after this; the rest is released."
    )


BATCH = TypeAdapter(RunRequest)


def run_batch(runner: Runner, request: RunRequest) -> dict[str, Any]:
    """Counts as a tick answers them, and `claimed`: how many of the ids could be claimed."""
    report = Report()
    claimed = runner.run(list(dict.fromkeys(request.ids)), monotonic() + request.budget_seconds, report)
    done = report.as_dict() | {"claimed": claimed}
    log_work("run.done", done)
    return done
