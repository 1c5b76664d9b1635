"""What Lambda calls: HTTP API events and SQS messages become requests to the function that FUNCTION_TARGET names.

SECRETS names settings that are secret; each is a secret of Secrets Manager, SECRET_PREFIX/<name>, and is read once,
before the function is loaded, so that none stands in the Lambda function's configuration.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import boto3  # type: ignore[import-untyped]
import functions_framework
from apig_wsgi import make_lambda_handler
from werkzeug.test import Client

Event = dict[str, Any]


def load_secrets(prefix: str, names: Iterable[str]) -> None:
    """The secrets become environment variables, unless the environment has them already; one that is not stored is
    one that is not set."""
    client = boto3.client("secretsmanager")
    for name in names:
        if name not in os.environ:
            with suppress(client.exceptions.ResourceNotFoundException):
                os.environ[name] = client.get_secret_value(SecretId=f"{prefix}/{name}")["SecretString"]


def make_handler(app: Any) -> Callable[[Event, object], Any]:
    """`app` is the function's WSGI application."""
    web = make_lambda_handler(app, binary_support=False)
    inside = Client(app)

    def handle(event: Event, context: object) -> Any:
        if "Records" in event:
            return take(inside, event["Records"])
        return web(event, context)

    return handle


def take(client: Client, messages: Iterable[Event]) -> None:
    """Each message is POSTed to the function's root; raises when it fails, so that SQS gives the message again."""
    for message in messages:
        answer = client.post("/", data=message["body"], content_type="application/json")
        if answer.status_code >= 500:
            raise RuntimeError(f"{answer.status_code} {answer.text[:500]}")


def start() -> Callable[[Event, object], Any]:
    if prefix := os.environ.get("SECRET_PREFIX"):
        load_secrets(prefix, os.environ.get("SECRETS", "").split())
    source = os.environ.get("FUNCTION_SOURCE", "main.py")
    app = functions_framework.create_app(os.environ["FUNCTION_TARGET"], source, "http")  # type: ignore[no-untyped-call]
    return make_handler(app)


handler = start() if "FUNCTION_TARGET" in os.environ else None
