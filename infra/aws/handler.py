"""What Lambda calls: HTTP API events and SQS messages become requests to the function that FUNCTION_TARGET names.

SECRET_ARN names a secret of Secrets Manager, a JSON object of settings; it is read once, before the function is loaded,
so that no setting that is secret stands in the Lambda function's configuration.
"""

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

import boto3  # type: ignore[import-untyped]
import functions_framework
from apig_wsgi import make_lambda_handler
from werkzeug.test import Client

Event = dict[str, Any]


def load_secrets(arn: str) -> None:
    """The settings in the secret become environment variables, unless the environment has them already."""
    client = boto3.client("secretsmanager")
    for name, value in json.loads(client.get_secret_value(SecretId=arn)["SecretString"]).items():
        os.environ.setdefault(name, str(value))


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
    if arn := os.environ.get("SECRET_ARN"):
        load_secrets(arn)
    source = os.environ.get("FUNCTION_SOURCE", "main.py")
    app = functions_framework.create_app(os.environ["FUNCTION_TARGET"], source, "http")  # type: ignore[no-untyped-call]
    return make_handler(app)


handler = start() if "FUNCTION_TARGET" in os.environ else None
