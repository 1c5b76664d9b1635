"""POST /run: run a batch that a tick with DISPATCH=http hands over."""

import functions_framework

from shared import wiring
from shared.http import Call, Reply, endpoint
from shared.running import BATCH, run_batch


@functions_framework.http
@endpoint("run_jobs")
def run_jobs(call: Call) -> Reply:
    return Reply(run_batch(wiring.runner(), call.json(BATCH)))
