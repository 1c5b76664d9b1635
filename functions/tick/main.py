"""POST /tick: run what is due. Call it every five seconds, from anywhere; two at once do no harm."""

import functions_framework

from shared import wiring
from shared.http import Call, Reply, endpoint
from shared.tick_query import QUERY
from shared.trace_parent import incoming
from shared.tracing import work_span


@functions_framework.http
@endpoint("tick")
def tick(call: Call) -> Reply:
    with work_span("tick", incoming(call.headers)) as note:
        done = wiring.tick(call.params(QUERY).shards).run()
        note(done)
    return Reply(done)
