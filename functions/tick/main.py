"""POST /tick: run what is due. Call it every five seconds, from anywhere; two at once do no harm."""

import functions_framework

from tickwork import app
from tickwork.api.endpoint import Call, Reply, endpoint
from tickwork.api.tick_query import QUERY
from tickwork.core.trace_context import incoming
from tickwork.engine.tracing import work_span


@functions_framework.http
@endpoint("tick")
def tick(call: Call) -> Reply:
    with work_span("tick", incoming(call.headers)) as note:
        done = app.tick(call.params(QUERY).shards).run()
        note(done)
    return Reply(done)
