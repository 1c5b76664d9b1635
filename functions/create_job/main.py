"""POST /jobs: one job, or a list of up to 10,000, all or none."""

import functions_framework
from pydantic_core import to_json

from tickwork import app
from tickwork.api.endpoint import Call, Reply, endpoint
from tickwork.api.request import requested
from tickwork.auth.gate import gate
from tickwork.core.trace_context import incoming
from tickwork.jobs.create import create_jobs


@functions_framework.http
@endpoint("create_job")
def create_job(call: Call) -> Reply:
    jobs, batch, key = requested(call)
    origin = {"by": call.actor, "trace": incoming(call.headers), "quota": gate().rates.quota(call.caller)}
    made, new = create_jobs(app.store(), app.index(), jobs, key=key, batch=batch, **origin)
    if batch and new:
        return Reply(to_json({"items": made}), 201)  # ten thousand jobs whose times are in UTC as they are
    if batch:
        return Reply({"items": made})
    return Reply(made[0], 201 if new else 200, {"Location": f"/jobs/{made[0]['id']}"})
