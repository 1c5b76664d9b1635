"""Faults of a request, each with the field it is about."""

from typing import Any

from pydantic import ValidationError

from tickwork.core.errors import Invalid, Malformed, Problem


def problem_of(error: ValidationError, prefix: tuple[str | int, ...] = ()) -> Problem:
    """A pydantic error as Malformed (no JSON) or Invalid (fields named, at most 100 of them)."""
    faults = [fault(prefix + e["loc"], e["msg"]) for e in error.errors(include_url=False, include_input=False)[:100]]
    if error.errors()[0]["type"] == "json_invalid":
        why = not_json(faults[0]["message"])
        return Malformed(f"the body {why}", [{"field": "body", "message": why}])
    return Invalid("; ".join(f"{f['field']}: {f['message']}" for f in faults[:3]), faults)


def not_json(parser_says: str) -> str:
    """`Invalid JSON: EOF while parsing a value at line 1 column 8` as `is not JSON: it ends within a value at …`."""
    why = parser_says.removeprefix("Invalid JSON: ").replace("EOF while parsing", "it ends within", 1)
    return f"is not JSON: {why}"


def fault(path: tuple[str | int, ...], message: str) -> dict[str, Any]:
    """One entry of a problem's `errors`; a path that starts with a position in a batch also says it as `index`."""
    named = {"field": ".".join(map(str, path)) or "body", "message": message.removeprefix("Value error, ")}
    return named | ({"index": path[0]} if path and isinstance(path[0], int) else {})
