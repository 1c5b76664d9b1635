"""Values that are nobody's business in lists and logs: fields by name, at any depth."""

from collections.abc import Iterable
from typing import Any

REDACTED = "[redacted]"


def redacted(value: Any, names: Iterable[str]) -> Any:
    """`value` with what stands under one of `names` (in any case, `-` and `_` alike) hidden; `value` itself is kept."""
    hidden = {_plain(name) for name in names}
    return _hide(value, hidden) if hidden else value


def _hide(value: Any, hidden: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: REDACTED if _plain(str(name)) in hidden else _hide(item, hidden) for name, item in value.items()}
    return [_hide(item, hidden) for item in value] if isinstance(value, list) else value


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
