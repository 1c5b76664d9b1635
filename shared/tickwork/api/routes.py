"""Which function answers which call: the one table that functions, local gateway, OpenAPI and tests share."""

from typing import NamedTuple

ANYONE = "anyone"  # without credentials; with good ones the answer may say more
SCHEDULER = "scheduler"  # whom TICK_AUTH lets in, and operators


class Route(NamedTuple):
    """`path` in werkzeug's rule syntax; `name` is the operation's id in openapi.json; `role` who may call it."""

    method: str
    path: str
    function: str
    name: str
    role: str = "admin"


ROUTES = [
    Route("POST", "/jobs", "create_job", "create", "operator"),
    Route("GET", "/jobs", "list_jobs", "list", "viewer"),
    Route("GET", "/jobs/count", "list_jobs", "count", "viewer"),
    Route("GET", "/jobs/stats", "list_jobs", "stats", "viewer"),
    Route("GET", "/jobs/<id>", "list_jobs", "detail", "viewer"),
    Route("GET", "/job-types", "list_jobs", "job_types", "viewer"),
    Route("GET", "/health", "list_jobs", "health", ANYONE),
    Route("GET", "/metrics", "list_jobs", "metrics", "viewer"),
    Route("GET", "/alerts", "list_jobs", "alerts", "admin"),
    Route("GET", "/sign-in", "list_jobs", "sign_in", ANYONE),
    Route("GET", "/me", "list_jobs", "me", "viewer"),
    Route("GET", "/keys", "list_jobs", "keys", "admin"),
    Route("GET", "/audit", "list_jobs", "audit", "admin"),
    Route("GET", "/openapi.json", "list_jobs", "openapi", ANYONE),
    Route("PATCH", "/jobs/<id>", "update_job", "update", "operator"),
    Route("PUT", "/jobs/<id>/cancel", "cancel_job", "cancel", "operator"),
    Route("PUT", "/jobs/cancel", "cancel_job", "cancel_many", "operator"),
    Route("PUT", "/jobs/<id>/retry", "retry_job", "retry", "operator"),
    Route("PUT", "/jobs/retry", "retry_job", "retry_many", "operator"),
    Route("POST", "/alerts/channels", "manage_alerts", "add_channel", "admin"),
    Route("DELETE", "/alerts/channels/<id>", "manage_alerts", "remove_channel", "admin"),
    Route("POST", "/alerts/channels/<id>/test", "manage_alerts", "test_channel", "admin"),
    Route("POST", "/keys", "manage_keys", "create_key", "admin"),
    Route("DELETE", "/keys/<id>", "manage_keys", "revoke_key", "admin"),
    Route("POST", "/tick", "tick", "tick", SCHEDULER),
    Route("POST", "/run", "run_jobs", "run", SCHEDULER),
]

FUNCTIONS = sorted({route.function for route in ROUTES})


def methods_of(path: str) -> set[str]:
    """The methods of the route that has exactly this path, without variables."""
    return {route.method for route in ROUTES if route.path == path}


def routes_of(function: str) -> list[Route]:
    return [route for route in ROUTES if route.function == function]
