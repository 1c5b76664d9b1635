"""PUT /jobs/{id}/retry, and PUT /jobs/retry for many."""

import functions_framework

from shared import wiring
from shared.http import Call, Reply, endpoint
from shared.job import When
from shared.steering import MANY, WHEN, retry_jobs
from shared.steering import retry_job as retry_one


@functions_framework.http
@endpoint("retry_job")
def retry_job(call: Call) -> Reply:
    if call.id:
        when = call.json(WHEN) if call.body else When()
        return Reply(retry_one(wiring.store(), wiring.index(), call.id, when, call.actor))
    return Reply(retry_jobs(wiring.store(), wiring.index(), call.json(MANY), call.actor))
