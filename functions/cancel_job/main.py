"""PUT /jobs/{id}/cancel, and PUT /jobs/cancel for many."""

import functions_framework

from shared import wiring
from shared.http import Call, Reply, endpoint
from shared.steering import MANY, cancel_jobs
from shared.steering import cancel_job as cancel_one


@functions_framework.http
@endpoint("cancel_job")
def cancel_job(call: Call) -> Reply:
    if call.id:
        return Reply(cancel_one(wiring.store(), wiring.index(), call.id, call.actor))
    return Reply(cancel_jobs(wiring.store(), wiring.index(), call.json(MANY), call.actor))
