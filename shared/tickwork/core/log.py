"""One JSON object per line on stdout: what Cloud Logging, CloudWatch and Loki read as fields. docs/OBSERVABILITY.md.

log("tick.done", completed=12, duration_ms=41)
{"severity":"INFO","event":"tick.done","timestamp":"2026-…Z","function":"tick","request_id":"…","completed":12,…}
"""

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr
from pydantic_core import to_json

from tickwork.core.redact import redacted
from tickwork.core.settings import Settings, settings_or_none
from tickwork.core.text import printable

Severity = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Event = Literal[
    "alert.not_sent",
    "alert.sent",
    "attempt.cancelled",
    "attempt.completed",
    "attempt.failed",
    "attempt.refused",
    "attempt.rescued",
    "attempt.retried",
    "auth.refused",
    "http.error",
    "http.misconfigured",
    "run.done",
    "tick.done",
]
RANKS: dict[str, int] = {"DEBUG": 0, "INFO": 1, "WARNING": 2, "ERROR": 3}
SHORTEST_SECRET = 6  # what is shorter would also be found in words
PASSWORD = re.compile(r"\bpassword\s*=\s*'?([^'&\s]+)")  # in an address's query, or in libpq's "host=… password=…"

_scope: ContextVar[dict[str, Any]] = ContextVar("scope", default={})  # noqa: B039 (never changed, only replaced)


class Line(NamedTuple):
    event: Event
    severity: Severity
    fields: dict[str, Any]


def log(event: Event, severity: Severity = "INFO", **fields: Any) -> None:
    """Write one line, unless LOG_LEVEL leaves it out. Values that are no JSON are printed as text."""
    log_lines([Line(event, severity, fields)])


def log_lines(lines: Iterable[Line]) -> None:
    """Write many at once: thousands of jobs may fail together."""
    text = "".join(_text(line) for line in lines if wanted(line.severity))
    if text:
        sys.stdout.write(_without_secrets(text))
        sys.stdout.flush()


def wanted(severity: Severity) -> bool:
    """Whether LOG_LEVEL lets lines of `severity` through: ask before making many."""
    chosen = settings_or_none()  # wrong ones are what may have to be logged
    return RANKS[severity] >= RANKS[chosen.log_level if chosen else "INFO"]


@contextmanager
def scope(**fields: Any) -> Iterator[None]:
    """Every line written within, by this thread, also says `fields`."""
    token = _scope.set(_scope.get() | fields)
    try:
        yield
    finally:
        _scope.reset(token)


def _text(line: Line) -> str:
    # The host's clock, alone in here: when this process wrote the line, with or without a store. Nothing hangs on it.
    head = {"severity": line.severity, "event": line.event, "message": line.event, "timestamp": datetime.now(UTC)}
    chosen = settings_or_none()
    fields = redacted(_scope.get() | line.fields, chosen.redact_fields if chosen else ())
    whole = head | {name: value for name, value in fields.items() if value is not None}
    if (trace_id := whole.get("trace_id")) and chosen and chosen.google_cloud_project:
        whole["logging.googleapis.com/trace"] = f"projects/{chosen.google_cloud_project}/traces/{trace_id}"
    return to_json(whole, fallback=printable, inf_nan_mode="strings", ensure_ascii=True).decode() + "\n"


def _without_secrets(text: str) -> str:
    # An error's text is not ours to foresee: a driver or a handler may put an address with its password into it.
    chosen = settings_or_none()
    for secret in _secrets(_secret_values(chosen)) if chosen else ():
        text = text.replace(secret, "[secret]")
    return text


def _secret_values(chosen: Settings) -> tuple[str, ...]:
    values = (getattr(chosen, name) for name in Settings.model_fields)
    return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))


@lru_cache(maxsize=4)
def _secrets(values: tuple[str, ...]) -> list[str]:
    """What must not be printed, longest first: of an address its password, of `name=value` the value, as written and as
    meant."""
    found: set[str] = set()
    for value in values:
        password = _password(value) if "://" in value else None
        found |= {password, unquote(password)} if password else set() if "://" in value else _listed(value)
        found |= {form for given in PASSWORD.findall(value) for form in (given, unquote(given))}
    found |= {to_json(part, ensure_ascii=True).decode()[1:-1] for part in found}  # as it stands in a line
    return sorted((part for part in found if len(part) >= SHORTEST_SECRET), key=len, reverse=True)


def _listed(value: str) -> set[str]:
    parts = {part.strip() for part in value.split(",")}
    named = {part.partition("=")[2].strip() for part in parts}
    return parts | named | {unquote(part) for part in named}


def _password(address: str) -> str | None:
    try:
        return urlsplit(address).password
    except ValueError:
        return None
