"""PUT /jobs/{id}/retry, and PUT /jobs/retry for many."""

import functions_framework

from tickwork import app
from tickwork.api.endpoint import Call, Reply, endpoint
from tickwork.core.job import When
from tickwork.jobs.control import MANY, WHEN, retry_jobs
from tickwork.jobs.control import retry_job as retry_one


@functions_framework.http
@endpoint("retry_job")
def retry_job(call: Call) -> Reply:
    if call.id:
        when = call.json(WHEN) if call.body else When()
        return Reply(retry_one(app.store(), app.index(), call.id, when, call.actor))
    return Reply(retry_jobs(app.store(), app.index(), call.json(MANY), call.actor))
