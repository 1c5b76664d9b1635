"""Traces: a traceparent goes from the create into the job, its handler, its calls and its log lines; with OpenTelemetry
each attempt is a span linked to it, sent to a real OTLP receiver; without, nothing of OpenTelemetry is imported."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.integration.handlers import Anything
from tests.unit.handlers.servers import says, serving
from tickwork.core.backoff import Backoff
from tickwork.core.handler import Handler, handlers
from tickwork.core.settings import settings
from tickwork.engine import tracing

ROOT = Path(__file__).parents[2]
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADER = {"traceparent": f"00-{TRACE}-{SPAN}-01"}


def create(api: Any, body: Any, **headers: str) -> Any:
    answer = api("POST", "/jobs", json=body, headers=HEADER | headers)
    assert answer.status_code in (200, 201), answer.text
    return answer.json


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, wired: Any) -> list[Any]:
    """What handlers of type `traced` were told of their trace."""
    told: list[Any] = []

    def traced(payload: Anything, job: Any) -> None:
        told.append(job.traceparent)
        assert job.traceparent == told[-1]
        if payload.model_dump().get("fails"):
            raise ValueError("boom")

    far_off = Backoff(base=5000)  # else one retry in hundreds is due before the tick is over
    monkeypatch.setitem(handlers(), "traced", Handler("traced", traced, Anything, backoff=far_off))
    return told


@pytest.mark.parametrize("many", [False, True])
def test_a_handler_goes_on_with_the_trace_of_its_job(api: Any, seen: list[Any], sql: Any, many: bool) -> None:
    create(api, [{"type": "traced"}] * 2 if many else {"type": "traced"})
    api.tick()
    assert len(seen) == 1 + many
    for told in seen:
        version, trace, span, flags = told.split("-")
        assert (version, trace, flags) == ("00", TRACE, "01")
        assert span != SPAN
    stored = sql.execute("select distinct trace_parent from tickwork.jobs").fetchall()
    assert stored == [(HEADER["traceparent"],)]


def test_a_job_of_no_trace_has_none(api: Any, seen: list[Any]) -> None:
    api.create("traced")
    assert api("POST", "/jobs", json={"type": "traced"}, headers={"traceparent": "00-garbage"}).status_code == 201
    api.tick()
    assert seen == [None, None]


def test_a_repeat_in_another_trace_is_the_same_request(api: Any) -> None:
    first = create(api, {"type": "ok"}, **{"Idempotency-Key": "one"})
    other = {"traceparent": HEADER["traceparent"].replace("4bf9", "4bf8"), "Idempotency-Key": "one"}
    again = create(api, {"type": "ok"}, **other)
    assert first["id"] == again["id"]


def test_log_lines_of_a_job_name_its_trace(api: Any, seen: list[Any], capsys: Any) -> None:
    create(api, {"type": "traced", "payload": {"fails": True}})
    capsys.readouterr()
    api.tick()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["trace_id"] for line in lines if line["event"] == "attempt.retried"] == [TRACE]


def test_http_jobs_hand_it_on_unless_the_job_says_otherwise(api: Any, wired: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("HTTP_ALLOW_HOSTS", "127.0.0.1")
    wired.settings.cache_clear()
    with serving(says(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")) as server:
        create(api, {"type": "http", "payload": {"url": server.url}})
        create(api, {"type": "http", "payload": {"url": server.url, "headers": {"Traceparent": "mine"}}})
        api.create("http", {"url": server.url})
        api.tick()
        headers = [_header(request, b"traceparent") for request in server.requests]
    assert sorted(value[:36] for value in headers) == ["", f"00-{TRACE}-", "mine"]


def _header(request: bytes, name: bytes) -> str:
    lines = (line.partition(b": ") for line in request.partition(b"\r\n\r\n")[0].split(b"\r\n"))
    return next((value.decode() for key, _, value in lines if key.lower() == name), "")


class Collector(BaseHTTPRequestHandler):
    """What an OTLP/HTTP endpoint is: keeps the spans of every POST /v1/traces."""

    spans: list[Any]
    resources: list[dict[str, str]]
    asked: list[str | None]

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
        for resource in request.resource_spans:
            self.resources.append({item.key: item.value.string_value for item in resource.resource.attributes})
            self.spans.extend(span for scope in resource.scope_spans for span in scope.spans)
        self.asked.append(self.headers["Authorization"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def collector(wired: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    handler = type("Traces", (Collector,), {"spans": [], "resources": [], "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(tracing, "FLUSH_MS", 20_000)
    wired.settings.cache_clear()
    tracing.provider.cache_clear()
    yield handler
    if made := tracing.provider():
        made.shutdown()
    tracing.provider.cache_clear()
    server.shutdown()
    thread.join()
    server.server_close()


def _attributes(span: Any) -> dict[str, Any]:
    return {item.key: item.value.string_value or item.value.int_value for item in span.attributes}


def test_a_collector_gets_the_headers_that_it_asks_for(
    api: Any, collector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20of-ours")
    api("POST", "/tick")
    assert collector.asked == ["Basic of-ours"]


def test_spans_arrive_before_the_answer_and_are_linked(api: Any, seen: list[Any], collector: Any) -> None:
    good = create(api, {"type": "traced"})
    bad = create(api, {"type": "traced", "payload": {"fails": True}})
    api.create("traced")
    ticking = {"traceparent": f"00-{TRACE[::-1]}-{SPAN}-01"}
    assert api("POST", "/tick", headers=ticking).status_code == 200
    attempts = {_attributes(span)["messaging.message.id"]: span for span in collector.spans if span.name != "tick"}
    (tick,) = (span for span in collector.spans if span.name == "tick")
    assert len(attempts) == 3
    assert tick.trace_id.hex() == TRACE[::-1]
    assert (_attributes(tick)["tickwork.completed"], _attributes(tick)["tickwork.retried"]) == (2, 1)
    for job in (good, bad):
        span = attempts[job["id"]]
        assert [(link.trace_id.hex(), link.span_id.hex()) for link in span.links] == [(TRACE, SPAN)]
        assert span.name == "process traced"
        assert span.trace_id.hex() != TRACE
        assert f"00-{span.trace_id.hex()}-{span.span_id.hex()}-01" in seen
    assert _attributes(attempts[good["id"]])["tickwork.outcome"] == "completed"
    failed = attempts[bad["id"]]
    assert (failed.status.code, failed.status.message) == (2, "ValueError: boom")
    assert len(attempts[(attempts.keys() - {good["id"], bad["id"]}).pop()].links) == 0
    assert collector.resources[0]["service.name"] == "tickwork"


def test_a_collector_that_is_away_costs_no_job(api: Any, seen: list[Any], collector: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    settings.cache_clear()
    tracing.provider.cache_clear()
    api.create("traced")
    assert api.tick()["completed"] == 1


BLOCKED = """
import importlib.abc, sys
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.startswith("opentelemetry"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
"""


@pytest.mark.parametrize("function", ["tick", "run_jobs", "create_job", "list_jobs"])
def test_nothing_of_it_is_imported_unless_asked_for(function: str, database: str, valkey: str) -> None:
    """Not by us: redis-py takes OpenTelemetry's metrics where it finds them. And where the extra is not installed, as
    in the functions' requirements, everything works."""
    code = f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location("main", "functions/{function}/main.py")
spec.loader.exec_module(importlib.util.module_from_spec(spec))
from tickwork import app
if "{function}" == "tick":
    app.tick().run()
OURS = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "google.protobuf")
print([name for name in sys.modules if name.startswith(OURS)])
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    assert _run(code, database, valkey)[-2] == "[]"
    assert _run(BLOCKED + code, database, valkey)[-1] == "[]"


def test_without_the_extra_it_says_so_and_goes_on(database: str, valkey: str) -> None:
    code = BLOCKED + "from tickwork.engine.tracing import provider; print(provider())"
    said, none = _run(code, database, valkey, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert none == "None"
    assert "`otel` is not installed" in json.loads(said)["message"]


def _run(code: str, database: str, valkey: str, **more: str) -> list[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    env |= {"DATABASE_URL": database, "REDIS_URL": valkey, "PYTHONPATH": str(ROOT)} | more
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
