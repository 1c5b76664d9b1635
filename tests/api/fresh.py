"""Objects in the right state for calls by id, made through the API right before them.

Links and chance alone lead few such calls to a job that can be retried, and on a busy machine none. The first calls of
every operation by id, until ENOUGH of them went well, get an object of their own; those after it, what was generated.
Without KEY in the environment nobody is signed in and nothing is made.
"""

import os
from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Any
from uuid import uuid4

import httpx

ADDRESS = "TICKWORK_FRESH_ADDRESS"
KEY = "TICKWORK_FRESH_KEY"
ENOUGH = 5
SECONDS = 30

_went_well: Counter[str] = Counter()
_lock = Lock()


def fresh_id(operation: str) -> str | None:
    """The id of an object that `operation` ("PUT /jobs/{id}/cancel") takes; None when it has had enough of them."""
    if KEY not in os.environ or _went_well[operation] >= ENOUGH:
        return None
    return MAKERS[operation]() if operation in MAKERS else None


def note(operation: str, status: int) -> None:
    """A call of `operation` was answered."""
    if status < 300:
        with _lock:  # schemathesis calls in threads
            _went_well[operation] += 1


def _waiting_job() -> str:
    payload = {"to": "ada@example.com", "subject": "Hello", "text": "."}
    return _made("/jobs", {"type": "email", "payload": payload, "delay_seconds": 86_400})


def _cancelled_job() -> str:
    id = _waiting_job()
    _call("PUT", f"/jobs/{id}/cancel")
    return id


def _channel() -> str:
    """A new one, or the first when there are as many as may be."""
    new = {"name": "fresh", "kind": "email", "url": "oncall@example.com", "events": ["no_tick"]}
    answer = _call("POST", "/alerts/channels", json=new)
    if answer.status_code == httpx.codes.CONFLICT:
        return str(_call("GET", "/alerts").json()["channels"][0]["id"])
    return str(answer.raise_for_status().json()["id"])


def _key() -> str:
    return _made("/keys", {"name": f"fresh-{uuid4().hex}", "role": "viewer"})


def _made(path: str, body: dict[str, Any]) -> str:
    return str(_call("POST", path, json=body).raise_for_status().json()["id"])


def _call(method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {os.environ[KEY]}"}
    return httpx.request(method, os.environ[ADDRESS] + path, headers=headers, timeout=SECONDS, trust_env=False, **more)


MAKERS: dict[str, Callable[[], str]] = {
    "GET /jobs/{id}": _waiting_job,
    "PATCH /jobs/{id}": _waiting_job,
    "PUT /jobs/{id}/cancel": _waiting_job,
    "PUT /jobs/{id}/retry": _cancelled_job,
    "DELETE /alerts/channels/{id}": _channel,
    "POST /alerts/channels/{id}/test": _channel,
    "DELETE /keys/{id}": _key,
}
