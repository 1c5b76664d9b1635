"""A Lambda function for each function; public ones get their routes in the HTTP API, the others no address at all."""

from typing import Any

from infra.functions import SENDERS, TICK_SECRETS, Function, table
from infra.rendering.caddy import OTHERWISE
from infra.rendering.text import as_yaml

# Where batches come from: what a queue holds is handed to one function.
QUEUES = {"tick": "Beats", "run_jobs": "Batches"}
KNOWN: dict[str, Any] = {
    "STORAGE_URL": {"Fn::Sub": "s3://${Files}"},
    "TICK_AUTH": "platform",
    "RUN_JOBS_QUEUE_URL": {"Ref": "Batches"},
}
# Lambda sets the region, batches travel by SQS, and the platform itself authenticates the tick.
ELSEWHERE = {"AWS_REGION", "GOOGLE_CLOUD_PROJECT", "RUN_JOBS_URL", "TICK_AUDIENCE", "TICK_SERVICE_ACCOUNT"}
PLACE = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${SecretPrefix}/"


def functions() -> str:
    return as_yaml({camel(name): resource(function) for name, function in table().items()})


def camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def resource(function: Function) -> dict[str, Any]:
    name = function.name
    properties: dict[str, Any] = {
        "CodeUri": f"../../build/aws/{name}",
        "Timeout": function.timeout,
        "MemorySize": function.memory_mib,
        "Policies": [_reading(secrets(function)), *({"Ref": policy} for policy in _policies(function))],
        "Environment": {"Variables": {"FUNCTION_TARGET": name, **_environment(function)}},
        "Events": _routes(function) if function.public else {"Queue": _queue(QUEUES[name])},
    }
    return {"Type": "AWS::Serverless::Function", "Properties": properties}


def secrets(function: Function) -> list[str]:
    """What it reads from Secrets Manager: its row of the table, without what lets a tick in elsewhere."""
    return [name for name in (*function.secrets, *function.optional) if name not in TICK_SECRETS]


def _reading(names: list[str]) -> dict[str, Any]:
    # By its name alone AWS looks for a secret that is not there; one that is there ends in six letters of its own.
    places = [{"Fn::Sub": f"{PLACE}{name}{end}"} for name in names for end in ("", "-??????")]
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": places}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _policies(function: Function) -> list[str]:
    """Names of the template's managed policies."""
    return [*(["Send"] if function.name in SENDERS else []), *([] if function.public else ["Work"])]


def _environment(function: Function) -> dict[str, Any]:
    """Names of its secrets, and the plain settings: what the template knows itself, the rest from its parameters."""
    plain = {name: KNOWN.get(name, {"Ref": camel(name.lower())}) for name in function.env if name not in ELSEWHERE}
    return {"SECRETS": " ".join(secrets(function))} | plain


def _routes(function: Function) -> dict[str, Any]:
    routes = {camel(route.name): _route(route.method, route.path) for route in function.routes}
    return routes | ({"Preflight": _route("OPTIONS", "/{proxy+}")} if function.name == OTHERWISE else {})


def _route(method: str, path: str) -> dict[str, Any]:
    return {
        "Type": "HttpApi",
        "Properties": {"ApiId": {"Ref": "Api"}, "Method": method, "Path": path.replace("<", "{").replace(">", "}")},
    }


def _queue(name: str) -> dict[str, Any]:
    # Two is the least that AWS lets a queue start at once.
    return {
        "Type": "SQS",
        "Properties": {
            "Queue": {"Fn::GetAtt": [name, "Arn"]},
            "BatchSize": 1,
            "ScalingConfig": {"MaximumConcurrency": {"Ref": f"{name}AtOnce"}},
        },
    }
