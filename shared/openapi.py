"""The API's description, made from the routes and the pydantic models that check and shape what goes through them."""

from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared import answers
from shared.filters import QueryFilter
from shared.handlers import handlers
from shared.job import Job, JobDetail, NewJob, When
from shared.listing import Query
from shared.routes import ROUTES, Route
from shared.running import RunRequest
from shared.stats import StatsQuery
from shared.steering import Change, Many

VERSION = "0.1.0"
REF = "#/components/schemas/{model}"
Schema = dict[str, Any]


class Operation(NamedTuple):
    """What the routes do not say of one operation. `refusals` are the statuses of its problem documents."""

    summary: str
    answer: type[BaseModel]
    refusals: tuple[int, ...] = ()
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    status: int = 200


UNREADABLE = (400, 413, 415, 422, 503)  # what any call with a body may be refused with
OPERATIONS = {
    "create": Operation("Create one job, or many: all or none", Job, (409, *UNREADABLE), body=NewJob, status=201),
    "list": Operation("List jobs", answers.Page, (422, 503), query=Query),
    "count": Operation("Count jobs, up to 10,000", answers.Count, (422, 503), query=QueryFilter),
    "stats": Operation("Counts, throughput and latencies", answers.Stats, (422, 503), query=StatsQuery),
    "detail": Operation("One job with its attempts, and why it stands where it stands", JobDetail, (404, 422, 503)),
    "job_types": Operation("The known types with their payloads' JSON schemas", answers.JobTypes),
    "health": Operation("Whether the stores answer and ticks come", answers.Health),
    "openapi": Operation("This document", BaseModel),
    "update": Operation("Move a waiting job in time or rank", Job, (404, 409, *UNREADABLE), body=Change),
    "cancel": Operation("Cancel a waiting job, ask a running one to stop", Job, (404, 409, 413, 422, 503)),
    "cancel_many": Operation("Cancel many", answers.ManyChanged, (409, *UNREADABLE), body=Many),
    "retry": Operation("Start a new round of a failed or cancelled job", Job, (404, 409, *UNREADABLE), body=When),
    "retry_many": Operation("Start a new round of many", answers.ManyChanged, (409, *UNREADABLE), body=Many),
    "tick": Operation("Run what is due", answers.TickReport, (413, 503)),
    "run": Operation("Run a batch that a tick hands over", answers.RunReport, UNREADABLE, body=RunRequest),
}
REFUSALS = {
    400: "Not JSON, or JSON that cannot be read",
    404: "There is no such job",
    409: "The job's status does not allow it",
    413: "Too large",
    415: "Not application/json",
    422: "A field is wrong; `errors` names it",
    503: "A store does not answer; try again",
}


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
        "paths": paths,
        "components": {"schemas": _schemas()},
    }


def _operation(route: Route, operation: Operation) -> Schema:
    described: Schema = {
        "operationId": route.name,
        "summary": operation.summary,
        "tags": [route.function],
        "parameters": _parameters(route, operation),
        "responses": _responses(route, operation),
    }
    if operation.body:
        described["requestBody"] = {
            "required": operation.body is not When,
            "content": _json(_body_schema(operation.body)),
        }
    return described


def _parameters(route: Route, operation: Operation) -> list[Schema]:
    parameters: list[Schema] = []
    if "<id>" in route.path:
        schema = {"type": "string", "format": "uuid"}
        parameters.append({"name": "id", "in": "path", "required": True, "schema": schema})
    if operation.query:
        parameters += [_query_parameter(*field) for field in _inlined(operation.query)["properties"].items()]
    if route.name == "create":
        description = "Makes a repeat harmless: the same request with the same key answers with the first one's jobs."
        key: Schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
        parameters.append({"name": "Idempotency-Key", "in": "header", "description": description, "schema": key})
    return parameters


def _query_parameter(name: str, schema: Schema) -> Schema:
    parameter = {"name": name, "in": "query", "description": schema.pop("description", ""), "schema": schema}
    return parameter | ({"style": "form", "explode": False} if schema.get("type") == "array" else {})


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
    answer = _answer_schema(route, operation)
    responses = {str(operation.status): {"description": "Done", "content": _json(answer)}}
    if route.method == "GET":
        responses["200"]["headers"] = {"ETag": {"schema": {"type": "string"}}}
        responses["304"] = {"description": "Unchanged since the ETag in If-None-Match"}
    if route.name == "create":
        responses["200"] = {"description": "The first answer again, for an Idempotency-Key", "content": _json(answer)}
    if route.name == "health":
        responses["503"] = {"description": "Postgres does not answer, or no tick comes", "content": _json(answer)}
    for status in operation.refusals:
        content = {"application/problem+json": {"schema": {"$ref": REF.format(model="ProblemDocument")}}}
        responses[str(status)] = {"description": REFUSALS[status], "content": content}
    return responses


def _answer_schema(route: Route, operation: Operation) -> Schema:
    if route.name == "openapi":
        return {"type": "object"}
    one = {"$ref": REF.format(model=operation.answer.__name__)}
    return {"oneOf": [one, {"$ref": REF.format(model="Created")}]} if route.name == "create" else one


def _body_schema(body: type[BaseModel]) -> Schema:
    one = {"$ref": REF.format(model=body.__name__)}
    if body is not NewJob:
        return one
    return {"oneOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": 10_000}]}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _schemas() -> Schema:
    taken = [NewJob, Change, When, Many, RunRequest, *(handler.payload_model for handler in handlers().values())]
    given = [Job, JobDetail, answers.Created, answers.ProblemDocument]
    given += [operation.answer for operation in OPERATIONS.values() if operation.answer is not BaseModel]
    modes: list[Any] = [(model, "validation") for model in taken]
    modes += [(model, "serialization") for model in dict.fromkeys(given)]
    references, schemas = models_json_schema(modes, ref_template=REF)
    definitions = schemas["$defs"]
    return definitions | {"NewJob": _new_job(definitions.pop("NewJob"), references)}  # type: ignore[no-any-return]


def _new_job(schema: Schema, references: dict[Any, Schema]) -> Schema:
    """One alternative for each type, so that each has its own payload."""
    alternatives = []
    for name, handler in sorted(handlers().items()):
        payload = references[handler.payload_model, "validation"]
        own = {"type": {"const": name, "description": handler.description}, "payload": payload}
        alternatives.append(schema | {"title": f"New {name} job", "properties": schema["properties"] | own})
    return {"title": "NewJob", "description": schema["description"], "oneOf": alternatives}
