"""The API's description, made from the routes and the pydantic models that check and shape what goes through them."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema

from tickwork.api import schemas
from tickwork.api.operations import OPERATIONS, Operation
from tickwork.api.routes import ANYONE, FUNCTIONS, ROUTES, Route
from tickwork.core.handler import Handler, handlers
from tickwork.core.job import MAX_JOBS, Job

VERSION = "0.1.0"
REF = "#/components/schemas/{name}"
REFUSALS = {
    400: "Not JSON, or JSON that cannot be read",
    401: "No key or token, or one that is not good (any more)",
    403: "The role of the key or token does not suffice",
    404: "There is nothing by this id",
    409: "The job's status does not allow it",
    413: "Too large",
    415: "Not application/json",
    422: "A field is wrong; `errors` names it",
    429: "Too many calls; try again later",
    503: "A store does not answer; try again",
}
HEADERS = {
    "X-Request-Id": (
        "The caller's, or one made for it; the log has it too.",
        {"type": "string", "pattern": "^[!-~]{1,64}$"},
    ),
    "ETag": ("Give it as If-None-Match to be told when nothing changed.", {"type": "string"}),
    "Location": ("Where the job is read; not for a batch.", {"type": "string"}),
    "WWW-Authenticate": ("`Bearer`.", {"type": "string"}),
    "Retry-After": ("Seconds.", {"type": "string", "pattern": "^[0-9]+$"}),
}
ASKED = {
    "Idempotency-Key": (
        "Makes a repeat harmless: the same request with the same key answers with the first one's jobs.",
        {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    ),
    "If-None-Match": ("The ETag of an earlier answer: 304 when this one would be the same.", {"type": "string"}),
}

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key (`tw_…`), or a JWT of the configured OpenID Connect issuer or Supabase project.",
}

Schema = dict[str, Any]


@cache
def document() -> Schema:
    """openapi.json, version 3.1."""
    paths: dict[str, Schema] = {}
    for route in ROUTES:
        path = route.path.replace("<", "{").replace(">", "}")
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, OPERATIONS[route.name])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tickwork",
            "version": VERSION,
            "description": "Background jobs without workers. Times are RFC 3339, errors RFC 9457 problem documents.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": f"Answered by the function {name}."} for name in FUNCTIONS],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "headers": {name: {"description": text, "schema": schema} for name, (text, schema) in HEADERS.items()},
            "responses": {str(status): _problem(status) for status in REFUSALS},
            "securitySchemes": {"bearer": BEARER},
        },
    }


def _operation(route: Route, operation: Operation) -> Schema:
    described: Schema = {
        "operationId": route.name,
        "summary": operation.summary,
        "tags": [route.function],
        "security": [{}, {"bearer": []}] if route.role == ANYONE else [{"bearer": []}],
        "x-role": route.role,
        "parameters": _parameters(route, operation),
        "responses": _responses(route, operation),
    }
    if operation.body:
        content = _json(_one_or_many(route, operation.body))
        content["application/json"]["examples"] = _examples(operation)
        described["requestBody"] = {"required": operation.body_required, "content": content}
    return described


def _parameters(route: Route, operation: Operation) -> list[Schema]:
    parameters: list[Schema] = []
    if "<id>" in route.path:
        schema = {"type": "string", "format": "uuid"}
        parameters.append({"name": "id", "in": "path", "required": True, "schema": schema})
    if operation.query:
        parameters += [_query_parameter(*field) for field in _inlined(operation.query)["properties"].items()]
    if route.name == "create":
        parameters.append(_asked("Idempotency-Key"))
    if route.method == "GET":
        parameters.append(_asked("If-None-Match"))
    return parameters


def _query_parameter(name: str, schema: Schema) -> Schema:
    parameter = {"name": name, "in": "query", "description": schema.pop("description", ""), "schema": schema}
    if schema.get("type") != "array":
        return parameter
    schema.pop("default", None)  # no items, which is said by leaving the parameter out
    return parameter | {"style": "form", "explode": False, "schema": schema | {"minItems": 1}}


def _asked(name: str) -> Schema:
    description, schema = ASKED[name]
    return {"name": name, "in": "header", "description": description, "schema": schema}


def _inlined(model: type[BaseModel]) -> Schema:
    """The model's schema without references, and without the null that stands for an absent parameter."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def resolve(part: Any) -> Any:
        if isinstance(part, list):
            return [resolve(item) for item in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return resolve(definitions[part["$ref"].rpartition("/")[2]])
        chosen = [option for option in part.get("anyOf", []) if option != {"type": "null"}]
        if len(chosen) == 1:
            part = {name: value for name, value in part.items() if name not in ("anyOf", "default")} | chosen[0]
        return {name: resolve(value) for name, value in part.items()}

    return resolve(schema)  # type: ignore[no-any-return]


def _responses(route: Route, operation: Operation) -> Schema:
    content = {operation.media: {"schema": _answer(route, operation)}}
    shown = {"X-Request-Id": _header("X-Request-Id")}
    tagged = shown | {"ETag": _header("ETag")}
    guarded = () if route.role == ANYONE else (401, 403, 429)
    refusals = sorted({*operation.refusals, *guarded, 413, 503})
    responses: Schema = {str(status): _refused(status) for status in refusals}
    responses[str(operation.status)] = {"description": "Done", "headers": shown}
    if operation.status != 204:
        responses[str(operation.status)]["content"] = content
    if route.method == "GET":
        responses["200"]["headers"] = tagged
        responses["304"] = {"description": "Unchanged since the ETag in If-None-Match", "headers": tagged}
    if route.name == "create":
        located = shown | {"Location": _header("Location")}
        responses["201"]["headers"] = located
        again = "The first answer again, for an Idempotency-Key"
        responses["200"] = {"description": again, "headers": located, "content": content}
    if route.name == "health":
        unwell = "Postgres does not answer, or no tick comes"
        responses["503"] = _problem(503) | {"description": unwell, "headers": shown}
        responses["503"]["content"] |= content
    return dict(sorted(responses.items()))


def _refused(status: int) -> Schema:
    return {"$ref": f"#/components/responses/{status}"}


def _header(name: str) -> Schema:
    return {"$ref": f"#/components/headers/{name}"}


def _problem(status: int) -> Schema:
    more = {401: ["WWW-Authenticate"], 429: ["Retry-After"], 503: ["Retry-After"]}
    names = ["X-Request-Id", *more.get(status, [])]
    content = {"application/problem+json": {"schema": _model(schemas.ProblemDocument)}}
    headers = {name: _header(name) for name in names}
    return {"description": REFUSALS[status], "headers": headers, "content": content}


def _answer(route: Route, operation: Operation) -> Schema:
    if operation.answer is None:
        return {"type": "object" if operation.media == "application/json" else "string"}
    one = _model(operation.answer)
    return {"oneOf": [one, _model(schemas.Created)]} if route.name == "create" else one


def _one_or_many(route: Route, body: type[BaseModel]) -> Schema:
    one = _model(body)
    if route.name != "create":
        return one
    return {"oneOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": MAX_JOBS}]}


def _examples(operation: Operation) -> Schema:
    examples = operation.examples or _job_examples()
    return {name: {"value": value} for name, value in examples.items()}


def _job_examples() -> dict[str, Any]:
    """For each type that has an example payload, and a batch of them all."""
    payloads = {
        name: examples[0]
        for name, known in sorted(handlers().items())
        if (examples := known.payload_model.model_json_schema().get("examples"))
    }
    jobs = {name: {"type": name, "payload": payload} for name, payload in payloads.items()}
    return jobs | {"a batch": list(jobs.values())}


def _model(model: type[BaseModel]) -> Schema:
    return {"$ref": REF.format(name=model.__name__)}


def _json(schema: Schema) -> dict[str, Schema]:
    return {"application/json": {"schema": schema}}


def _schemas() -> Schema:
    taken = [operation.body for operation in OPERATIONS.values() if operation.body]
    given = [operation.answer for operation in OPERATIONS.values() if operation.answer]
    given += [Job, schemas.Created, schemas.ProblemDocument]
    modes: list[Any] = [(model, "validation") for model in dict.fromkeys(taken)]
    modes += [(model, "serialization") for model in dict.fromkeys(given)]
    known: Schema = models_json_schema(modes, ref_template=REF.format(name="{model}"))[1]["$defs"]
    payloads = {_payload_name(name): _payload(name, known) for name, known in sorted(handlers().items())}
    return known | {"NewJob": _new_job(known["NewJob"])} | payloads


def _payload_name(type: str) -> str:
    return f"{type}.payload"  # the dot keeps a team's models apart from ours


def _payload(type: str, known: Handler) -> Schema:
    template = REF.format(name=_payload_name(type)) + "/$defs/{model}"
    return known.payload_model.model_json_schema(ref_template=template)


def _new_job(schema: Schema) -> Schema:
    """One alternative for each type, so that each has its own payload."""
    alternatives = []
    for name, known in sorted(handlers().items()):
        own = {
            "type": {"const": name, "description": known.description},
            "payload": {"$ref": REF.format(name=_payload_name(name))},
        }
        required = ["type"] if _takes_nothing(known) else ["type", "payload"]
        changed = {"title": f"New {name} job", "properties": schema["properties"] | own, "required": required}
        alternatives.append(schema | changed)
    return {"title": "NewJob", "description": schema["description"], "oneOf": alternatives}


def _takes_nothing(known: Handler) -> bool:
    try:
        known.payload_model.model_validate({})
    except ValidationError:
        return False
    return True
