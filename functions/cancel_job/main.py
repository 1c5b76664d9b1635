"""PUT /jobs/{id}/cancel, and PUT /jobs/cancel for many."""

import functions_framework

from tickwork import app
from tickwork.api.endpoint import Call, Reply, endpoint
from tickwork.jobs.control import MANY, cancel_jobs
from tickwork.jobs.control import cancel_job as cancel_one


@functions_framework.http
@endpoint("cancel_job")
def cancel_job(call: Call) -> Reply:
    if call.id:
        return Reply(cancel_one(app.store(), app.index(), call.id, call.actor))
    return Reply(cancel_jobs(app.store(), app.index(), call.json(MANY), call.actor))
