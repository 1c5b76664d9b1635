"""One execution: payload in, handler called, outcome out. Nothing a handler does gets past here as an exception."""

import re
import sys
from collections.abc import Mapping
from math import isfinite
from traceback import format_exception

from pydantic import ValidationError

from tickwork.core.context import JobContext
from tickwork.core.errors import Cancelled, Permanent, RetryAfter
from tickwork.core.handler import Handler
from tickwork.core.job import Claimed, Outcome
from tickwork.core.text import Unstorable, json_text, printable
from tickwork.engine.tracing import provider, traced

MAX_RESULT_BYTES = 256 * 1024
MAX_RETRY_AFTER_SECONDS = 86_400.0
_FILE = re.compile(r'File "([^"\n]+)"')


def execute(job: Claimed, handler: Handler | None, context: JobContext, handlers: Mapping[str, Handler]) -> Outcome:
    """Run `job` to an Outcome. Never raises, not even for SystemExit, whatever handler and payload model do."""
    if tracing := provider():
        return traced(tracing, job, context, lambda: _surely(job, handler, context, handlers))
    return _surely(job, handler, context, handlers)


def _surely(job: Claimed, handler: Handler | None, context: JobContext, handlers: Mapping[str, Handler]) -> Outcome:
    try:
        return _executed(job, handler, context, handlers)
    except BaseException as error:
        reason = f"the handler broke its own report: {printable(type(error).__name__)}"
        return Outcome(job.id, job.attempt, "failed", reason)


def _executed(job: Claimed, handler: Handler | None, context: JobContext, handlers: Mapping[str, Handler]) -> Outcome:
    if handler is None:
        return _end(job, context, "failed", f"no handler for type {job.type!r}; known: {', '.join(sorted(handlers))}")
    try:
        payload = handler.payload_model.model_validate_json(job.payload)
    except (ValidationError, RecursionError) as error:
        return _end(job, context, "failed", f"payload is not valid any more: {_first_fault(error)}")
    try:
        return _completed(job, context, handler.function(payload, context))
    except BaseException as error:
        return _failure(job, handler, context, error)


def given_up(job: Claimed, handler: Handler | None, context: JobContext) -> Outcome:
    """What becomes of a job whose handler overstayed, its own timeout or its process's end; the thread is left behind
    and its late result refused."""
    late = handler is not None and context.seconds_left <= 0
    reason = f"timed out after {handler.timeout:g} s" if handler and late else "its function was told to end"
    return _retry(job, context, reason, handler.backoff.delay(job.retries) if handler else 0.0)


def _completed(job: Claimed, context: JobContext, result: object) -> Outcome:
    if result is None:
        return _end(job, context, "completed")
    try:
        text = json_text(result)
    except Unstorable as error:
        return _end(job, context, "failed", f"the handler's result cannot be stored as JSON: {error}")
    if len(text) > MAX_RESULT_BYTES:
        text = json_text({"truncated": True, "size_bytes": len(text)})
    return _end(job, context, "completed", result=text.decode())


def _failure(job: Claimed, handler: Handler, context: JobContext, error: BaseException) -> Outcome:
    if isinstance(error, Cancelled):
        return _end(job, context, "cancelled", printable(error))
    if isinstance(error, Permanent):
        return _end(job, context, "failed", printable(error))
    if isinstance(error, RetryAfter):
        return _retry(job, context, printable(error), _seconds(error.delay_seconds, handler.backoff.delay(job.retries)))
    return _retry(job, context, _with_stack(error), handler.backoff.delay(job.retries))


def _seconds(asked: object, otherwise: float) -> float:
    """The delay that a handler asked for, within a day; `otherwise` when it is no finite number."""
    if not isinstance(asked, int | float) or not isfinite(asked):
        return otherwise
    return min(max(float(asked), 0.0), MAX_RETRY_AFTER_SECONDS)


def _retry(job: Claimed, context: JobContext, error: str, delay: float) -> Outcome:
    if job.retries >= job.max_retries:
        return _end(job, context, "failed", error)
    return _end(job, context, "retry", error, delay=delay)


def _end(
    job: Claimed,
    context: JobContext,
    outcome: str,
    error: str | None = None,
    result: str | None = None,
    delay: float = 0.0,
) -> Outcome:
    logs = json_text(context.logs).decode() if context.logs else None
    return Outcome(job.id, job.attempt, outcome, error, result, logs, delay)


def _with_stack(error: BaseException) -> str:
    # The first line is what lists and logs show; the frames from the handler on, with the whole message, follow.
    try:
        frames = "".join(format_exception(type(error), error, error.__traceback__ and error.__traceback__.tb_next))
        frames = _FILE.sub(lambda match: f'File "{_from_import_root(match[1])}"', frames)
    except Exception:
        frames = "(its stack cannot be printed)"
    head = printable(error, 1_000).strip().split("\n\n", 1)[0].replace("\n", " ")
    return printable(f"{type(error).__name__}: {head}\n\n{frames}")


def _from_import_root(path: str) -> str:
    """`path` as imports see it: tickwork/handlers/email/mailer.py, not where this host happens to keep it."""
    roots = [root for root in sys.path if root and path.startswith(root.rstrip("/") + "/")]
    return path[len(max(roots, key=len).rstrip("/")) + 1 :] if roots else path


def _first_fault(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "nested too deep"
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'payload'}: {e['msg']}" for e in error.errors()[:5])
