"""Job type http."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from tests.unit.handlers.conftest import JOB_ID, NOW, Configure, MakeJob
from tests.unit.handlers.servers import Served, answers, serving, stalls
from tickwork.core.errors import Misconfigured, Permanent, RetryAfter
from tickwork.handlers.http.client import OutgoingError
from tickwork.handlers.http.handler import CallFailed, HttpCall, http, is_expected, retry_after

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_" + "QUJD" * 12


@pytest.fixture(autouse=True)
def allow_loopback(configure: Configure) -> None:
    configure(HTTP_ALLOW_HOSTS="127.0.0.1")


def call(url: str, **fields: Any) -> HttpCall:
    return HttpCall.model_validate({"url": url, **fields})


def sent(server: Served, number: int = 0) -> tuple[str, dict[str, str], bytes]:
    """Request line, headers by lower-case name, body."""
    head, _, body = server.requests[number].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    assert len({name.lower() for name, _ in pairs}) == len(pairs)
    return first, {name.lower(): value for name, value in pairs}, body


def test_json_is_posted(job: Any) -> None:
    with serving(answers(200, b'{"ok": true}', Content_Type="application/json")) as server:
        result = http(call(f"{server.url}/hook?a=1", body={"text": "héllo", "n": 1}), job)
    line, headers, body = sent(server)
    assert line == "POST /hook?a=1 HTTP/1.1"
    assert json.loads(body) == {"text": "héllo", "n": 1}
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == str(JOB_ID)
    assert headers["user-agent"] == "Tickwork"
    assert "webhook-id" not in headers
    assert result["duration_ms"] >= 0
    assert {k: result[k] for k in ("status", "content_type", "body", "truncated")} == {
        "status": 200, "content_type": "application/json", "body": '{"ok": true}', "truncated": False,
    }  # fmt: skip
    assert (job.logs[0]["message"], job.logs[0]["milliseconds"]) == ("answered 200", result["duration_ms"])


@pytest.mark.parametrize(
    ("body", "on_the_wire", "kind"),
    [
        ("plain", b"plain", "text/plain; charset=utf-8"),
        ("", b"", "text/plain; charset=utf-8"),
        ([1, None], b"[1,null]", "application/json"),
        (False, b"false", "application/json"),
        (0, b"0", "application/json"),
        (None, b"", None),
    ],
)
def test_bodies(body: Any, on_the_wire: bytes, kind: str | None, job: Any) -> None:
    with serving(answers(204)) as server:
        http(call(server.url, body=body), job)
    _, headers, got = sent(server)
    assert (got, headers.get("content-type")) == (on_the_wire, kind)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_methods(method: str, job: Any) -> None:
    with serving(answers(200)) as server:
        http(call(server.url, method=method), job)
    assert sent(server)[0] == f"{method} / HTTP/1.1"


def test_headers_are_the_callers(job: Any) -> None:
    mine = {"Content-Type": "text/csv", "Authorization": "Bearer x", "IDEMPOTENCY-KEY": "mine", "User-Agent": "me"}
    with serving(answers(200)) as server:
        http(call(server.url, headers=mine, body="a,b"), job)
    headers = sent(server)[1]
    assert {name: headers[name.lower()] for name in mine} == mine


def test_a_call_is_signed_with_an_id_that_stays_and_a_time_that_moves(make_job: MakeJob, configure: Configure) -> None:
    configure(WEBHOOK_SECRET=SECRET)
    with serving(answers(200)) as server:
        for attempt in (1, 2):
            job = make_job(attempt)
            job._started_at = datetime.now(UTC) + timedelta(seconds=attempt)
            http(call(server.url, body={"é": 1}), job)
    (_, first, body), (_, second, _) = sent(server, 0), sent(server, 1)
    assert first["webhook-id"] == second["webhook-id"] == str(JOB_ID)
    assert first["webhook-timestamp"] < second["webhook-timestamp"]
    assert Webhook(SECRET).verify(body, first) == {"é": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", first)
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER_SECRET).verify(body, first)


def test_in_a_rotation_both_secrets_sign(make_job: MakeJob, configure: Configure) -> None:
    configure(WEBHOOK_SECRET=f"{SECRET}, {OTHER_SECRET}")
    job = make_job()
    job._started_at = datetime.now(UTC)
    with serving(answers(200)) as server:
        http(call(server.url, method="GET"), job)
    for secret in (SECRET, OTHER_SECRET):
        Webhook(secret).verify(b"", sent(server)[1], json_parse=False)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_é", "whsec_a", ","])
def test_a_bad_secret_is_named_and_not_shown(secret: str, job: Any, configure: Configure) -> None:
    configure(WEBHOOK_SECRET=secret)
    with (
        serving(answers(200)) as server,
        pytest.raises(Misconfigured, match=r"^WEBHOOK_SECRET: not whsec_ and base64$"),
    ):
        http(call(server.url), job)
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [(301, CallFailed), (302, CallFailed), (304, CallFailed), (307, CallFailed), (400, CallFailed), (401, CallFailed),
     (404, CallFailed), (410, Permanent), (429, CallFailed), (500, CallFailed), (503, CallFailed)],
)  # fmt: skip
def test_other_answers_fail(status: int, kind: type[Exception], job: Any) -> None:
    with serving(answers(status, b"because\x00", Location="http://169.254.169.254/")) as server:
        with pytest.raises(kind, match=rf"answered {status}(\n\nbecause|: redirects)") as failure:
            http(call(server.url), job)
        assert "\x00" not in str(failure.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "delay"),
    [
        ("7", 7), ("0", 1), ("86400", 86_400), ("86401", 86_400), ("1000000000000", 86_400), ("9" * 5000, 86_400),
        ("Tue, 24 Nov 2026 12:01:00 GMT", 60), ("Tue, 24 Nov 2026 11:00:00 GMT", 1),
        ("Fri, 24 Nov 9999 11:00:00 GMT", 86_400), ("Tuesday, 24-Nov-26 12:01:00 GMT", 60),
    ],
)  # fmt: skip
def test_the_receiver_says_when(status: int, header: str, delay: float, job: Any) -> None:
    with serving(answers(status, Retry_After=header)) as server, pytest.raises(RetryAfter) as asked:
        http(call(server.url), job)
    passed = (job.now - NOW).total_seconds()
    assert max(1, delay - passed) <= asked.value.delay_seconds <= delay


@pytest.mark.parametrize(
    "header", ["", "soon", "-5", "1.5", "1e3", "0x10", "٧", "inf", "nan", "Tue, 99 Nov 2026", "5, 6"]
)
def test_a_garbled_retry_after_is_ignored(header: str, job: Any) -> None:
    with serving(answers(503, Retry_After=header)) as server, pytest.raises(CallFailed):
        http(call(server.url), job)


@given(st.text())
def test_no_retry_after_can_break_it(header: str) -> None:
    delay = retry_after({"retry-after": header}, NOW)
    assert delay is None or 1 <= delay <= 86_400


@pytest.mark.parametrize(
    ("expected", "status", "right"),
    [
        (["2xx"], 299, True), (["2xx"], 300, False), ([404], 404, True), ([404], 200, False), (["200-204"], 204, True),
        (["200-204"], 205, False), (["404", "2xx"], 404, True), (["1xx", "5xx"], 503, True), (["410"], 410, True),
    ],
)  # fmt: skip
def test_expected_status(expected: list[int | str], status: int, right: bool) -> None:
    assert is_expected(status, HttpCall(url="https://example.com", expected_status=expected).expected_status) is right


def test_an_expected_410_or_302_is_success(job: Any) -> None:
    for status in (410, 302):
        with serving(answers(status)) as server:
            assert http(call(server.url, expected_status=[status]), job)["status"] == status


def test_a_long_answer_is_cut_and_binary_is_left_out(job: Any) -> None:
    with serving(answers(200, b"\x00" + b"x" * 50_000)) as server:
        result = http(call(server.url), job)
    assert (len(result["body"]), result["body"][0], result["truncated"]) == (16_384, "\N{REPLACEMENT CHARACTER}", True)
    for kind in ({"Content_Type": "image/png"}, {"Content_Type": "text/plain", "Content_Encoding": "gzip"}):
        with serving(answers(200, b"\x89\xff", **kind)) as server:
            assert http(call(server.url), job)["body"] is None


def test_the_shorter_of_timeout_and_time_left_holds(make_job: MakeJob) -> None:
    with serving(stalls()) as server:
        with pytest.raises(OutgoingError, match=r"within 0\.2 s"):
            http(call(server.url, timeout_seconds=0.2), make_job())
        with pytest.raises(OutgoingError, match=r"within 0\.\d+ s"):
            http(call(server.url, timeout_seconds=50), make_job(timeout=1.2))


URL = {"url": "https://example.com"}
REFUSED = [
    ({}, "url"),
    ({**URL, "extra": 1}, "extra"),
    ({**URL, "method": "TRACE"}, "method"),
    ({**URL, "method": "CONNECT"}, "method"),
    ({**URL, "method": "get"}, "method"),
    ({**URL, "method": "GET\r\nX: y"}, "method"),
    ({**URL, "method": "GET", "body": "x"}, "body"),
    ({**URL, "timeout_seconds": 0}, "timeout_seconds"),
    ({**URL, "timeout_seconds": 56}, "timeout_seconds"),
    ({**URL, "timeout_seconds": float("nan")}, "timeout_seconds"),
    ({**URL, "expected_status": []}, "expected_status"),
    ({**URL, "expected_status": [99]}, "expected_status"),
    ({**URL, "expected_status": ["2x"]}, "expected_status"),
    ({**URL, "expected_status": ["200-"]}, "expected_status"),
    ({**URL, "expected_status": [200] * 21}, "expected_status"),
    ({**URL, "headers": {"A": "1", "a": "2"}}, "headers"),
    ({**URL, "headers": {f"a{n}": "" for n in range(51)}}, "headers"),
    *(
        ({**URL, "headers": {name: "x"}}, "headers")
        for name in (
            "Host", "HOST", "host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer",
            "Upgrade", "Expect", "Proxy-Authorization", "Proxy-Connection", "HTTP2-Settings", "webhook-id",
            "Webhook-Signature", "webhook-timestamp", "WEBHOOK-anything", "", " ", "a b", "a:b", "a\r\nb", "a\nHost",
            "é",
            "a\x00", "a" * 129, "Host ", " Host", "Host\t", "ho\u017ft", ":authority", "(a)", "a,b",
        )
    ),
    *(
        ({**URL, "headers": {"X": value}}, "headers")
        for value in ("a\r\nHost: b", "a\nb", "a\rb", "\x00", "é", " a", "a ", "\ta", "a\x7f", "\u2028", "a" * 4097,
        1, None)
    ),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "field"), REFUSED)
def test_bad_payloads_are_refused_by_field(payload: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        HttpCall.model_validate(payload)
    assert refusal.value.errors()[0]["loc"][0] == field
