"""PATCH /jobs/{id}: move a waiting job in time or rank."""

import functions_framework

from shared import wiring
from shared.http import Call, Reply, endpoint
from shared.steering import CHANGE
from shared.steering import update_job as update_one


@functions_framework.http
@endpoint("update_job")
def update_job(call: Call) -> Reply:
    return Reply(update_one(wiring.store(), wiring.index(), call.the_id, call.json(CHANGE), call.actor))
