"""POST /run: run a batch that a tick with DISPATCH=http or sqs hands over."""

import functions_framework

from tickwork import app
from tickwork.api.endpoint import Call, Reply, endpoint
from tickwork.core.trace_context import incoming
from tickwork.engine.run_batch import BATCH, run_batch
from tickwork.engine.tracing import work_span


@functions_framework.http
@endpoint("run_jobs")
def run_jobs(call: Call) -> Reply:
    with work_span("run", incoming(call.headers)) as note:
        done = run_batch(app.runner(), call.json(BATCH))
        note(done)
    return Reply(done)
