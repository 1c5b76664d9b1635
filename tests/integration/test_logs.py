"""One JSON line per event, from a fixed list that the document has too; no secret in any; what is written when."""

import ast
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from infra.local.humane import humane
from tests.integration.handlers import Anything
from tickwork.core.handler import Handler, handlers
from tickwork.core.log import Event, log, scope
from tickwork.core.trace_context import incoming, parse

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "OBSERVABILITY.md").read_text()
EVENTS = set(get_args(Event))
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Any:
    """Every line written since the last look, parsed: each must be one JSON object."""
    capsys.readouterr()
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_event_written_is_on_the_list_and_every_one_on_the_list_is_written() -> None:
    """mypy holds each call against the list; here the other way round, and what mypy is not asked about."""
    texts = {
        node.value
        for path in [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and path.name != "log.py"
    }
    assert texts >= EVENTS, EVENTS - texts


def test_the_document_lists_every_event_and_no_other() -> None:
    section = DOCUMENT.partition("<!-- events -->")[2].partition("<!-- /events -->")[0]
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", section, re.MULTILINE)) == EVENTS


def test_an_idle_tick_writes_nothing_and_a_busy_one_a_line(api: Any, lines: Any) -> None:
    api.tick()  # the first one finds the index new and reconciles
    lines()
    api.tick()
    assert lines() == []
    for _ in range(3):
        api.create()
    api.tick()
    (line,) = lines()
    assert (line["severity"], line["event"], line["function"], line["completed"]) == ("INFO", "tick.done", "tick", 3)
    assert line["duration_ms"] >= 0
    assert re.fullmatch("[0-9a-f]{32}", line["request_id"])


def test_what_fails_is_said_job_by_job(api: Any, lines: Any) -> None:
    job = api.create("fails", max_retries=1)
    gone = api.create("permanent")
    api.tick()
    retried, failed = sorted((line for line in lines() if "job_id" in line), key=lambda line: line["event"])[::-1]
    assert (retried["event"], retried["severity"], retried["job_id"]) == ("attempt.retried", "WARNING", job["id"])
    assert (retried["type"], retried["attempt"], retried["message"]) == ("fails", 1, "ValueError: boom")
    assert (failed["event"], failed["severity"], failed["job_id"]) == ("attempt.failed", "ERROR", gone["id"])
    assert failed["function"] == "tick"


def test_debug_has_a_line_for_each_attempt(api: Any, lines: Any, monkeypatch: Any, wired: Any) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    wired.settings.cache_clear()
    jobs = {api.create()["id"] for _ in range(3)}
    lines()
    api.tick()
    assert {line["job_id"] for line in lines() if line["event"] == "attempt.completed"} == jobs


def test_error_leaves_the_rest_out(api: Any, lines: Any, monkeypatch: Any, wired: Any) -> None:
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    wired.settings.cache_clear()
    api.create("permanent")
    api.create("fails")
    api.tick()
    assert [line["event"] for line in lines()] == ["attempt.failed"]


def test_an_expired_lease_is_said(api: Any, lines: Any, sql: Any) -> None:
    from tests.integration.factory import insert_job

    again = insert_job(sql, "in_progress", lease=-1)
    api.tick()
    assert {(line["event"], line.get("job_id")) for line in lines()} >= {("attempt.rescued", str(again))}


def test_lines_of_a_request_say_its_trace_as_google_wants_it(lines: Any, wired: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "acme")
    wired.settings.cache_clear()
    with scope(trace_id=TRACE):
        log("tick.done")
    (line,) = lines()
    assert line["trace_id"] == TRACE
    assert line["logging.googleapis.com/trace"] == f"projects/acme/traces/{TRACE}"


def test_no_line_ends_early_or_steers_a_terminal(lines: Any, wired: Any) -> None:
    log("http.error", "ERROR", message='x\r\n{"severity":"INFO"}\x1b[2J\0\u2028', odd=object(), bad=float("nan"))
    (line,) = lines()
    assert line["message"].startswith("x\r\n{")


CANARIES = {
    "REDIS_URL": ("redis://:canary-of-redis@127.0.0.1:1/0", "canary-of-redis"),
    "SUPABASE_KEY": ("canary-of-supabase", "canary-of-supabase"),
    "SMTP_URL": ("smtp://ada:canary%2Fof%2Fsmtp@mail.example:587", "canary/of/smtp"),
    "OTEL_EXPORTER_OTLP_HEADERS": ("x-team=ours, authorization=Basic%20canary-of-traces", "Basic canary-of-traces"),
    "WEBHOOK_SECRET": ("whsec_Y2FuYXJ5,whsec_b2xkIGNhbmFyeQ==", "whsec_b2xkIGNhbmFyeQ=="),
}


def test_no_secret_reaches_a_log(api: Any, lines: Any, wired: Any, monkeypatch: Any) -> None:
    """A handler that puts all it knows into its error, and a driver's error with an address."""
    for name, (value, _) in CANARIES.items():
        if name != "REDIS_URL":
            monkeypatch.setenv(name, value)
    wired.settings.cache_clear()
    said = " ".join([*(value for value, _ in CANARIES.values()), *(secret for _, secret in CANARIES.values())])

    def tells(payload: Anything, job: Any) -> None:
        raise ValueError(said)

    monkeypatch.setitem(handlers(), "tells", Handler("tells", tells, Anything))
    api.create("tells")
    api.tick()
    monkeypatch.setenv("REDIS_URL", CANARIES["REDIS_URL"][0])
    wired.settings.cache_clear()
    log("http.error", "ERROR", message=said, stack=said)
    written = json.dumps([line for line in lines() if line["event"] in ("attempt.retried", "http.error")])
    assert written.count("[secret]") > 5
    log("http.error", "ERROR", message=said, stack=said)
    (line,) = lines()
    found = [secret for value, secret in CANARIES.values() if secret in json.dumps(line) or value in json.dumps(line)]
    assert found == []


@pytest.mark.parametrize(
    ("address", "password"),
    [
        ("redis://:canary%22of%5Credis@127.0.0.1:1/0", 'canary"of\\redis'),
        ("redis://:canary-für-redis@127.0.0.1:1/0", "canary-für-redis"),
        ("redis://127.0.0.1:1/0?db=0&password=canary-of-redis", "canary-of-redis"),
        ("host=127.0.0.1 password=canary-of-redis port=1", "canary-of-redis"),
    ],
)
def test_a_password_is_found_however_it_is_written(
    address: str, password: str, lines: Any, wired: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("REDIS_URL" if address.startswith("redis") else "DATABASE_URL", address)
    wired.settings.cache_clear()
    log("http.error", "ERROR", message=f"cannot log in with {password}.")
    assert [line["message"] for line in lines()] == ["cannot log in with [secret]."]


@pytest.mark.parametrize(
    "text",
    ["", "00", TRACEPARENT + "-x", TRACEPARENT.upper(), f"ff{TRACEPARENT[2:]}", f"00-{'0' * 32}-00f067aa0ba902b7-01",
     f"00-{TRACE}-{'0' * 16}-01", TRACEPARENT[:-1], TRACEPARENT.replace("-", "_"), "００" + TRACEPARENT[2:]],
)  # fmt: skip
def test_what_is_no_traceparent_is_passed_over(text: str) -> None:
    assert parse(text) is None


def test_traces_come_in_either_spelling() -> None:
    assert str(parse(TRACEPARENT)) == TRACEPARENT
    assert str(parse(f" {TRACEPARENT} ")) == TRACEPARENT
    assert parse(f"cc{TRACEPARENT[2:]}-later")
    google = incoming({"X-Cloud-Trace-Context": f"{TRACE}/255;o=1"})
    assert str(google) == f"00-{TRACE}-{255:016x}-01"
    assert incoming({"X-Cloud-Trace-Context": "x/1"}) is None


def test_make_up_prints_words() -> None:
    line = b'{"severity":"ERROR","event":"attempt.failed","message":"b\\u001boom","timestamp":"t","type":"email"}\n'
    assert humane(line).decode() == "ERROR attempt.failed: b�oom (type=email)\n"
    for other in (b"plain\n", b'{"severity":\n', b'{"severity":"INFO"}\n', b"\xff\xfe\n"):
        assert humane(other) == other
