"""Text and JSON that both stores can hold, whatever a caller or a handler comes up with."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pydantic_core import to_json

MAX_DEPTH = 64
MAX_DIGITS = 308
HOLD_TIMES = frozenset({datetime, dict, list})
_LONG_NUMBER = re.compile(rb"[0-9]{300}")


class Unstorable(ValueError):
    """`path` leads to the offending value: keys and positions from the outside in."""

    def __init__(self, path: tuple[str | int, ...], fault: str):
        super().__init__(fault)
        self.path = path
        self.fault = fault


def json_text(value: Any) -> bytes:
    """Compact JSON of `value`. Raises Unstorable: NaN, infinities, NUL, too many digits or levels, or no JSON."""
    try:
        text = to_json(value)
    except Exception as error:
        raise Unstorable((), printable(error)) from None
    if _suspect(text):
        for path, fault in _faults(value, ()):
            raise Unstorable(path, fault)
    return text


def _suspect(text: bytes) -> bool:
    """Cheap signs that a JSON text might hold what Postgres refuses; only then is the value walked."""
    if b"\\u0000" in text or b"NaN" in text or b"Infinity" in text:
        return True
    if len(text) <= MAX_DEPTH:
        return False
    if text.count(b"{") + text.count(b"[") > MAX_DEPTH:
        return True
    return len(text) > MAX_DIGITS and _LONG_NUMBER.search(text) is not None


def printable(value: object, limit: int = 8_000) -> str:
    """`str(value)` that cannot fail and that a text column can hold."""
    try:
        text = str(value)
    except BaseException:  # even SystemExit: this is what reports such things
        text = f"<{type(value).__name__} that cannot be printed>"
    return text[:limit].encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _faults(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if len(path) > MAX_DEPTH:
        yield path[:4], f"nested more than {MAX_DEPTH} levels deep"
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _faults(str(key), (*path, printable(key, 100)))
            yield from _faults(item, (*path, printable(key, 100)))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _faults(item, (*path, place))
    elif fault := _scalar_fault(value):
        yield path, fault


def _scalar_fault(value: Any) -> str | None:
    if isinstance(value, str):
        return "text must not contain NUL" if "\0" in value else None
    if isinstance(value, float):
        return None if abs(value) <= 1.7976931348623157e308 else "must be a finite number"
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        return f"number has more than {MAX_DIGITS} digits"
    return None


def in_utc(value: Any) -> Any:
    """`value` with every time in UTC: Postgres answers in the session's zone, which behind a pooler can be any."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, dict):  # most of what an answer holds can hold no time: it is not looked at twice
        return {name: in_utc(item) if type(item) in HOLD_TIMES else item for name, item in value.items()}
    return [in_utc(item) for item in value] if isinstance(value, list) else value
