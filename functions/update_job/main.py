"""PATCH /jobs/{id}: move a waiting job in time or rank."""

import functions_framework

from tickwork import app
from tickwork.api.endpoint import Call, Reply, endpoint
from tickwork.jobs.control import CHANGE
from tickwork.jobs.control import update_job as update_one


@functions_framework.http
@endpoint("update_job")
def update_job(call: Call) -> Reply:
    return Reply(update_one(app.store(), app.index(), call.the_id, call.json(CHANGE), call.actor))
