"""Faults of a request, each with the field it is about."""

from typing import Any

from pydantic import ValidationError

from shared.errors import Invalid, Malformed, Problem


def problem_of(error: ValidationError, prefix: tuple[str | int, ...] = ()) -> Problem:
    """A pydantic error as Malformed (no JSON) or Invalid (fields named, at most 100 of them)."""
    faults = [fault(prefix + e["loc"], e["msg"]) for e in error.errors(include_url=False, include_input=False)[:100]]
    if error.errors()[0]["type"] == "json_invalid":
        return Malformed("the body is not JSON that can be read", [{"field": "body", "message": faults[0]["message"]}])
    return Invalid("; ".join(f"{f['field']}: {f['message']}" for f in faults[:3]), faults)


def fault(path: tuple[str | int, ...], message: str) -> dict[str, Any]:
    """One entry of a problem's `errors`; a path that starts with a position in a batch also says it as `index`."""
    named = {"field": ".".join(map(str, path)) or "body", "message": message.removeprefix("Value error, ")}
    return named | ({"index": path[0]} if path and isinstance(path[0], int) else {})
