"""The API's description, made from the routes and the pydantic models."""

from functools import cache
from typing import Any


@cache
def document() -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "Tickwork", "version": "0.1.0"}, "paths": {}}
