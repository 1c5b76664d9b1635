"""The Postman collection, made from openapi.json: `python -m infra.postman` writes it, a test compares and runs it.

Its requests are one walk through a job's life: each finds the job that the first one made in `{{id}}`.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from tickwork.api.openapi import document

COLLECTION = Path(__file__).parents[1] / "docs" / "tickwork.postman_collection.json"
V2_1 = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
VARIABLES = {
    "base": "http://127.0.0.1:4000",
    "key": "",
    "id": "",
    "key_id": "",
    "channel": "",
}  # `key`: what `tickwork key` prints
IDS = {"keys": "key_id", "alerts": "channel"}  # by the first part of a path: the variable for its {id}
EMAIL = {"to": "ada@example.com", "subject": "Hello", "text": "It works."}


class Step(NamedTuple):
    """One request of the walk: an operation, what it sends, and a line of script that its answer must satisfy."""

    operation: str
    expect: str
    body: Any = None
    query: str = ""


WALK = [
    Step("health", "pm.expect(answer.postgres).to.equal('ok')"),
    Step("job_types", "pm.expect(answer.items.map(item => item.type)).to.include.members(['email', 'http', 'pdf'])"),
    Step(
        "create",
        "pm.expect(answer.status).to.equal('pending'); pm.collectionVariables.set('id', answer.id)",
        {"type": "email", "payload": EMAIL, "priority": 10, "delay_seconds": 3600},
    ),
    Step("list", "pm.expect(answer.items[0].status).to.equal('pending')", query="status=pending&limit=1"),
    Step("count", "pm.expect(answer.count).to.be.at.least(1)", query="type=email"),
    Step("detail", "pm.expect(answer.why).to.include('waits')"),
    Step("update", "pm.expect(answer.priority).to.equal(-5)", {"priority": -5, "delay_seconds": 7200}),
    Step("cancel", "pm.expect(answer.status).to.equal('cancelled')"),
    Step("retry", "pm.expect(answer).to.include({status: 'pending', retries: 0})"),
    Step("cancel_many", "pm.expect(answer).to.include({matched: 1, changed: 1, more: false})", {"ids": ["{{id}}"]}),
    Step("retry_many", "pm.expect(answer.more).to.equal(false)", {"ids": ["{{id}}"]}),
    Step("run", "pm.expect(answer.claimed).to.be.at.most(1)", {"ids": ["{{id}}"]}),
    Step("tick", "pm.expect(answer.duration_ms).to.be.at.least(0)"),
    Step("stats", "pm.expect(answer.counts.completed).to.be.at.least(0)", query="range=24h"),
    Step("metrics", "pm.expect(answer).to.include('tickwork_jobs')"),
    Step(
        "add_channel",
        "pm.expect(answer.url_hint).to.equal('o…@example.com'); pm.collectionVariables.set('channel', answer.id)",
        {"name": "On call", "kind": "email", "url": "oncall@example.com", "events": ["no_tick", "job_failed"]},
    ),
    Step("test_channel", "pm.expect(answer.ok).to.be.a('boolean')"),
    Step("alerts", "pm.expect(answer.deliveries[0].event).to.equal('test')"),
    Step("remove_channel", "pm.expect(answer).to.equal('')"),
    Step("sign_in", "pm.expect(answer.key).to.equal(true)"),
    Step("me", "pm.expect(answer).to.include({role: 'admin', via: 'key'})"),
    Step(
        "create_key",
        "pm.expect(answer.key).to.match(/^tw_/); pm.collectionVariables.set('key_id', answer.id)",
        {"name": "from Postman {{$guid}}", "role": "viewer", "expires_in_days": 1},
    ),
    Step("keys", "pm.expect(answer.items[0].role).to.equal('viewer')"),
    Step("revoke_key", "pm.expect(pm.response.text()).to.equal('')"),
    Step("audit", "pm.expect(answer.items[0].action).to.equal('key.revoke')", query="limit=1"),
    Step("openapi", "pm.expect(answer.openapi).to.match(/^3/)"),
]  # fmt: skip


def collection() -> dict[str, Any]:
    """The collection in Postman's format v2.1."""
    operations = {
        operation["operationId"]: (method, path, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }
    return {
        "info": {"name": "Tickwork", "description": document()["info"]["description"], "schema": V2_1},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{key}}", "type": "string"}]},
        "variable": [{"key": name, "value": value} for name, value in VARIABLES.items()],
        "item": [_item(step, *operations[step.operation]) for step in WALK],
    }


def _item(step: Step, method: str, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    own = IDS.get(path.split("/")[1], "id")
    url = "{{base}}" + path.replace("{id}", "{{" + own + "}}") + (f"?{step.query}" if step.query else "")
    request: dict[str, Any] = {"method": method.upper(), "url": url, "description": operation["summary"], "header": []}
    if step.body is not None:
        request["header"] = [{"key": "Content-Type", "value": "application/json"}]
        request["body"] = {"mode": "raw", "raw": json.dumps(step.body, indent=2)}
    return {"name": operation["summary"], "request": request, "event": [_test(step, operation)]}


def _test(step: Step, operation: dict[str, Any]) -> dict[str, Any]:
    good = [int(status) for status in operation["responses"] if status.startswith("2")]
    is_json = any("application/json" in operation["responses"][str(status)].get("content", {}) for status in good)
    script = [
        f"pm.test('answers {' or '.join(map(str, good))}', () => pm.expect({good}).to.include(pm.response.code));",
        f"const answer = pm.response.{'json' if is_json else 'text'}();",
        f"pm.test('{step.operation} says what it did', () => {{ {step.expect}; }});",
    ]
    return {"listen": "test", "script": {"type": "text/javascript", "exec": script}}


def text() -> str:
    return json.dumps(collection(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    COLLECTION.parent.mkdir(exist_ok=True)
    COLLECTION.write_text(text())
