"""POST /keys and DELETE /keys/{id}: make a key, which is shown this once, and end one."""

import functions_framework

from tickwork import app
from tickwork.api.endpoint import Call, Reply, endpoint
from tickwork.auth.manage import NEW_KEY, create_key


@functions_framework.http
@endpoint("manage_keys")
def manage_keys(call: Call) -> Reply:
    if call.id:
        app.keys().revoke(call.id, call.actor)
        return Reply(None, 204)
    return Reply(create_key(app.keys(), call.json(NEW_KEY), call.actor), 201)
