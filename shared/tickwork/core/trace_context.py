"""W3C trace context: which trace a request or a job belongs to. `traceparent` is `00-<trace id>-<span id>-<flags>`."""

import re
from secrets import token_hex
from typing import NamedTuple, Protocol

_W3C = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?", re.ASCII)
_GOOGLE = re.compile(r"([0-9a-f]{32})(?:/([0-9]{1,20}))?(?:;o=([01]))?", re.ASCII)
SAMPLED = 1
LENGTH = 55  # of version 00; later ones may have more behind it


class Headers(Protocol):
    def get(self, name: str, /) -> str | None: ...


class TraceParent(NamedTuple):
    """Ids as lower-case hex, of 32 and 16 digits."""

    trace_id: str
    span_id: str
    sampled: bool

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def parse(text: str | None) -> TraceParent | None:
    """None for what is no traceparent: a broken header starts no trace and refuses no request."""
    text = (text or "").strip()
    found = _W3C.fullmatch(text)
    if not found or (text.startswith("00") and len(text) != LENGTH):
        return None
    return _sound(found[1], found[2], sampled=bool(int(found[3], 16) & SAMPLED))


def incoming(headers: Headers) -> TraceParent | None:
    """What a request says of its trace: traceparent, else Google's X-Cloud-Trace-Context."""
    return parse(headers.get("traceparent")) or _google(headers.get("X-Cloud-Trace-Context") or "")


def next_span(parent: TraceParent) -> TraceParent:
    """The same trace with a span of our own."""
    return parent._replace(span_id=token_hex(8))


def _google(text: str) -> TraceParent | None:
    found = _GOOGLE.fullmatch(text.strip())
    if not found or int(found[2] or 0) >= 1 << 64:
        return None
    return _sound(found[1], f"{int(found[2] or 1):016x}", sampled=found[3] == "1")


def _sound(trace_id: str, span_id: str, *, sampled: bool) -> TraceParent | None:
    return TraceParent(trace_id, span_id, sampled) if int(trace_id, 16) and int(span_id, 16) else None
