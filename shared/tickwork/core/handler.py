"""Job types. One file here is one type: its payload model and one decorated function; the folder is read at first use.

    @handler("greet", timeout=10)
    def greet(payload: Greeting, job: JobContext) -> dict | None: ...

A handler returns what JSON can hold, or raises: `Permanent` → failed at once, `RetryAfter(seconds)` → retried then,
`Cancelled` → cancelled, anything else → retried with backoff until max_retries is used up. It runs at least once:
pass `job.idempotency_key` on to whatever must not happen twice.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel

from tickwork.core.backoff import Backoff

BUILT_IN = "tickwork.handlers"
DEFAULT_TIMEOUT_SECONDS = 60.0
Model = type[BaseModel]


@dataclass(frozen=True, slots=True)
class Handler:
    """A registered type. `timeout` in seconds; `max_concurrency` per process, None = the tick's own limit."""

    type: str
    function: Callable[..., Any]
    payload_model: "Model"
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    max_concurrency: int | None = None
    backoff: Backoff = field(default_factory=Backoff)

    @property
    def description(self) -> str:
        return inspect.getdoc(self.function) or ""


_registry: dict[str, Handler] = {}


def handler(
    type: str,
    *,
    timeout: float = DEFAULT_TIMEOUT_SECONDS,
    max_concurrency: int | None = None,
    backoff: Backoff | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function for jobs of `type`. Its first parameter's annotation is the payload model."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        first = next(iter(inspect.signature(function).parameters))
        model = get_type_hints(function)[first]
        _registry[type] = Handler(type, function, model, timeout, max_concurrency, backoff or Backoff())
        return function

    return register


@cache
def _load() -> None:
    package = importlib.import_module(BUILT_IN)
    for module in pkgutil.iter_modules(package.__path__, f"{BUILT_IN}."):
        importlib.import_module(f"{module.name}.handler" if module.ispkg else module.name)


def handlers() -> dict[str, Handler]:
    """Every known type by name; their modules are imported at first use."""
    _load()
    return _registry
