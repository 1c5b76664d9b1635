"""POST /run: run a batch that a tick with DISPATCH=http or sqs hands over."""

import functions_framework

from shared import wiring
from shared.http import Call, Reply, endpoint
from shared.running import BATCH, run_batch
from shared.trace_parent import incoming
from shared.tracing import work_span


@functions_framework.http
@endpoint("run_jobs")
def run_jobs(call: Call) -> Reply:
    with work_span("run", incoming(call.headers)) as note:
        done = run_batch(wiring.runner(), call.json(BATCH))
        note(done)
    return Reply(done)
