"""Where alerts go: POST /alerts/channels, its test message, and DELETE."""

import functions_framework

from tickwork import app
from tickwork.alerts import manage
from tickwork.alerts.channel import NEW
from tickwork.api.endpoint import Call, Reply, endpoint


@functions_framework.http
@endpoint("manage_alerts")
def manage_alerts(call: Call) -> Reply:
    store = app.alerts()
    match call.name:
        case "add_channel":
            return Reply(manage.add_channel(store, call.json(NEW), call.actor), 201)
        case "test_channel":
            return Reply(manage.send_test(store, app.store(), call.the_id, app.settings(), call.actor))
    manage.remove_channel(store, call.the_id, call.actor)
    return Reply(None, 204)
