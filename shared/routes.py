"""Which function answers which call: the one table that functions, local gateway, OpenAPI and tests share."""

from typing import NamedTuple


class Route(NamedTuple):
    """`path` in werkzeug's rule syntax; `name` is the operation's id in openapi.json."""

    method: str
    path: str
    function: str
    name: str


ROUTES = [
    Route("POST", "/jobs", "create_job", "create"),
    Route("GET", "/jobs", "list_jobs", "list"),
    Route("GET", "/jobs/count", "list_jobs", "count"),
    Route("GET", "/jobs/stats", "list_jobs", "stats"),
    Route("GET", "/jobs/<id>", "list_jobs", "detail"),
    Route("GET", "/job-types", "list_jobs", "job_types"),
    Route("GET", "/health", "list_jobs", "health"),
    Route("GET", "/metrics", "list_jobs", "metrics"),
    Route("GET", "/openapi.json", "list_jobs", "openapi"),
    Route("PATCH", "/jobs/<id>", "update_job", "update"),
    Route("PUT", "/jobs/<id>/cancel", "cancel_job", "cancel"),
    Route("PUT", "/jobs/cancel", "cancel_job", "cancel_many"),
    Route("PUT", "/jobs/<id>/retry", "retry_job", "retry"),
    Route("PUT", "/jobs/retry", "retry_job", "retry_many"),
    Route("POST", "/tick", "tick", "tick"),
    Route("POST", "/run", "run_jobs", "run"),
]

FUNCTIONS = sorted({route.function for route in ROUTES})


def methods_of(path: str) -> set[str]:
    """The methods of the route that has exactly this path, without variables."""
    return {route.method for route in ROUTES if route.path == path}


def routes_of(function: str) -> list[Route]:
    return [route for route in ROUTES if route.function == function]
