"""The five-second beat on Google Cloud: Cloud Scheduler, whose shortest period is a minute, calls this once a minute,
and it puts twelve tasks into a Cloud Tasks queue, each to be sent to `tick` five seconds after the one before.

Environment: QUEUE (projects/P/locations/L/queues/Q), TICK_URL (the address of the tick service), TICK_ACCOUNT (the
service account whose OIDC token the tasks carry). TASKS_API and METADATA stand for Google's own servers.
"""

import base64
import hashlib
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import flask
import functions_framework
import httpx

BEAT_SECONDS = 5
MINUTE = 60
DEADLINE_SECONDS = 120  # as long as Cloud Run lets a tick run
TASKS_API = "https://cloudtasks.googleapis.com/v2"
METADATA = "http://metadata.google.internal/computeMetadata/v1"
ALREADY_THERE = 409  # a second call for the same minute: Cloud Scheduler delivers at least once


@functions_framework.http
def beat(request: flask.Request) -> flask.Response:
    """201 when the minute's tasks are in the queue; 500, so that Cloud Scheduler tries again, when one is not."""
    if request.method != "POST":
        return flask.Response(status=405, headers={"Allow": "POST"})
    start = minute_of(request.headers.get("X-CloudScheduler-ScheduleTime"))
    with httpx.Client(timeout=10, headers={"Authorization": f"Bearer {access_token()}"}) as client:
        for task in tasks(os.environ["QUEUE"], os.environ["TICK_URL"], os.environ["TICK_ACCOUNT"], start):
            put(client, task)
    return flask.Response(status=201)


def minute_of(said: str | None) -> datetime:
    """The full minute that Cloud Scheduler meant, or this one."""
    meant = datetime.fromisoformat(said) if said else datetime.now(UTC)
    return meant.replace(second=0, microsecond=0)


def tasks(queue: str, tick_url: str, account: str, start: datetime) -> list[dict[str, Any]]:
    """Twelve tasks of the minute from `start` on, named by their time, so that one that exists is not made again."""
    return [
        task(queue, tick_url, account, start + timedelta(seconds=offset)) for offset in range(0, MINUTE, BEAT_SECONDS)
    ]


def task(queue: str, tick_url: str, account: str, at: datetime) -> dict[str, Any]:
    stamp = at.strftime("%Y%m%dT%H%M%S")
    spread = hashlib.sha256(stamp.encode()).hexdigest()[:8]  # names in order of time would all meet on one shard
    return {
        "name": f"{queue}/tasks/{spread}-{stamp}",
        "scheduleTime": at.isoformat(),
        "dispatchDeadline": f"{DEADLINE_SECONDS}s",
        "httpRequest": {
            "url": f"{tick_url}/tick",
            "httpMethod": "POST",
            "headers": {"Content-Type": "application/json"},
            "body": base64.b64encode(b"{}").decode(),
            "oidcToken": {"serviceAccountEmail": account, "audience": tick_url},
        },
    }


def put(client: httpx.Client, task: dict[str, Any]) -> None:
    queue = task["name"].partition("/tasks/")[0]
    answer = client.post(f"{os.environ.get('TASKS_API', TASKS_API)}/{queue}/tasks", json={"task": task})
    if answer.status_code != ALREADY_THERE:
        answer.raise_for_status()


def access_token() -> str:
    """Of the service account that this function runs as."""
    url = f"{os.environ.get('METADATA', METADATA)}/instance/service-accounts/default/token"
    answer = httpx.get(url, headers={"Metadata-Flavor": "Google"}, timeout=5, trust_env=False)
    return str(answer.raise_for_status().json()["access_token"])
