"""POST /tick: run what is due. Call it every five seconds, from anywhere; two at once do no harm."""

import functions_framework

from shared import wiring
from shared.http import Call, Reply, endpoint


@functions_framework.http
@endpoint("tick")
def tick(_: Call) -> Reply:
    return Reply(wiring.tick().run())
