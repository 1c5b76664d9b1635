"""Log lines for people: `make up` shows one line of words where platforms read one line of JSON."""

import json
from typing import Any

TOLD_APART = {"severity", "event", "message", "timestamp", "function"}  # said otherwise, or by the line's own head
LONG = {"request_id", "trace_id", "logging.googleapis.com/trace"}  # nobody reads them in a terminal
STACK = "stack"


def humane(line: bytes) -> bytes:
    """`{"severity": "ERROR", "event": "attempt.failed", …}` as `ERROR attempt.failed: boom (type=email)`; others as
    they are."""
    fields = _fields(line)
    return line if fields is None else f"{_sentence(fields)}\n".encode()


def _fields(line: bytes) -> dict[str, Any] | None:
    if not line.startswith(b'{"severity":'):
        return None
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and {"severity", "event"} <= fields.keys() else None


def _sentence(fields: dict[str, Any]) -> str:
    severity = "" if fields["severity"] == "INFO" else f"{fields['severity']} "
    message = "" if fields.get("message") in (None, fields["event"]) else f": {_visible(fields['message'])}"
    rest = [f"{name}={_visible(value)}" for name, value in fields.items() if name not in TOLD_APART | LONG | {STACK}]
    behind = f" ({', '.join(rest)})" if rest else ""
    stack = [f"\n{_visible(part)}" for part in str(fields.get(STACK, "")).splitlines()]
    return "".join([severity, fields["event"], message, behind, *stack])


def _visible(value: object) -> str:
    """Without control characters: what a job's error says must not steer the terminal."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
