"""Helpers of the renderers."""

from typing import Any

import yaml


def as_yaml(value: Any) -> str:
    """Block style, in the order given."""
    return str(yaml.safe_dump(value, sort_keys=False, width=120, default_flow_style=False))


def dashed(name: str) -> str:
    """Most platforms take no underscore in a name."""
    return name.replace("_", "-")
