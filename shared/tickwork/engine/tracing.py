"""OpenTelemetry, when OTEL_EXPORTER_OTLP_ENDPOINT says where traces go; otherwise nothing of it is imported.

An attempt is a trace of its own, linked to the span that created the job: a job may run hours later and many times, and
a trace that waits for it would never end. A tick, or a batch handed to run_jobs, is a span of its caller's trace.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from tickwork.core.context import JobContext
from tickwork.core.job import Claimed, Outcome
from tickwork.core.log import log
from tickwork.core.settings import settings_or_none
from tickwork.core.trace_context import TraceParent, parse

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

FLUSH_MS = 2_000  # once it has answered, a function may be frozen
SYSTEM = "tickwork"

Note = Callable[[dict[str, Any]], None]


@cache
def provider() -> "TracerProvider | None":
    """This process's, made at first use; None when traces go nowhere."""
    if (chosen := settings_or_none()) is None or not chosen.otel_exporter_otlp_endpoint:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        reason = f"OTEL_EXPORTER_OTLP_ENDPOINT is set, but the extra `otel` is not installed: {error}"
        log("http.misconfigured", "ERROR", message=reason)
        return None
    made = TracerProvider(resource=Resource.create({"service.name": chosen.otel_service_name}))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))  # reads the other OTEL_ variables itself
    return made


@contextmanager
def work_span(name: str, parent: TraceParent | None) -> Iterator[Note]:
    """The span of a tick or a run; give what it did to the yielded function. It is sent before the answer goes out."""
    if (tracing := provider()) is None:
        yield _unheard
        return
    from opentelemetry.trace import SpanKind

    with _tracer(tracing).start_as_current_span(
        name, context=_below(parent), kind=SpanKind.CONSUMER, attributes={"messaging.system": SYSTEM}
    ) as span:
        yield lambda done: span.set_attributes(
            {f"tickwork.{name}": value for name, value in done.items() if isinstance(value, int | float | str)}
        )
    tracing.force_flush(FLUSH_MS)


def traced(tracing: "TracerProvider", job: Claimed, context: JobContext, execute: Callable[[], Outcome]) -> Outcome:
    """`execute` within the span of its attempt."""
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, SpanKind, Status, StatusCode, format_span_id, format_trace_id

    creator = _span_context(parse(job.trace_parent))
    span = _tracer(tracing).start_span(
        f"process {job.type}",
        context=Context(),
        kind=SpanKind.CONSUMER,
        links=[Link(creator)] if creator else [],
        attributes={
            "messaging.system": SYSTEM,
            "messaging.operation.type": "process",
            "messaging.operation.name": "process",
            "messaging.destination.name": job.type,
            "messaging.message.id": str(job.id),
            "tickwork.attempt": job.attempt,
        },
    )
    own = span.get_span_context()
    ids = format_trace_id(own.trace_id), format_span_id(own.span_id)
    context.traceparent = str(TraceParent(*ids, own.trace_flags.sampled))
    outcome = execute()
    span.set_attribute("tickwork.outcome", outcome.outcome)
    if outcome.error and outcome.outcome in ("failed", "retry"):
        span.set_status(Status(StatusCode.ERROR, outcome.error.partition("\n")[0]))
    span.end()
    return outcome


def _unheard(_: dict[str, Any]) -> None:
    """What a span would note when there is none."""


def _tracer(tracing: "TracerProvider") -> Any:
    return tracing.get_tracer("tickwork")


def _below(parent: TraceParent | None) -> Any:
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, set_span_in_context

    known = _span_context(parent)
    return set_span_in_context(NonRecordingSpan(known), Context()) if known else Context()


def _span_context(known: TraceParent | None) -> Any:
    from opentelemetry.trace import SpanContext, TraceFlags

    if known is None:
        return None
    return SpanContext(
        int(known.trace_id, 16), int(known.span_id, 16), is_remote=True, trace_flags=TraceFlags(known.sampled)
    )
