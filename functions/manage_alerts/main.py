"""Where alerts go: POST /alerts/channels, its test message, and DELETE."""

import functions_framework

from shared import wiring
from shared.alerts import managing
from shared.alerts.channel import NEW
from shared.http import Call, Reply, endpoint


@functions_framework.http
@endpoint("manage_alerts")
def manage_alerts(call: Call) -> Reply:
    store = wiring.alerts()
    match call.name:
        case "add_channel":
            return Reply(managing.add_channel(store, call.json(NEW), call.actor), 201)
        case "test_channel":
            return Reply(managing.send_test(store, wiring.store(), call.the_id, wiring.settings(), call.actor))
    managing.remove_channel(store, call.the_id, call.actor)
    return Reply(None, 204)
