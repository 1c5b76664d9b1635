"""Job type http."""

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, field_validator

from tickwork.core.context import JobContext
from tickwork.core.errors import Permanent, RetryAfter
from tickwork.core.handler import handler
from tickwork.core.settings import settings
from tickwork.handlers.http.public_url import PublicUrl
from tickwork.handlers.http.signature import signature

MAX_ANSWER_BYTES = 16 * 1024  # kept in the result
MAX_HEADERS = 50
MAX_RETRY_AFTER_SECONDS = 86_400
SHOWN_CHARACTERS = 300  # of an unexpected answer, in the failure's text

# Ours to write (the message's framing and its signature), or about the connection and not the request.
FORBIDDEN_HEADERS = frozenset(
    {
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
        "proxy-authorization", "proxy-authenticate", "proxy-connection", "http2-settings", "accept-encoding",
    }
)  # fmt: skip


def _sendable(name: str) -> str:
    if name.lower() in FORBIDDEN_HEADERS or name.lower().startswith("webhook-"):
        raise ValueError(f"the header {name} is written by Tickwork")
    return name


HeaderName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$"), AfterValidator(_sendable)
]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^([!-~]([\t -~]*[!-~])?)?$", max_length=4096)]
StatusPattern = Annotated[str, StringConstraints(pattern=r"^[1-5](xx|[0-9]{2}(-[1-5][0-9]{2})?)$")]
ExpectedStatus = Annotated[int, Field(ge=100, le=599)] | StatusPattern


class HttpCall(BaseModel):
    """A request, and the statuses that count as success."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"url": "https://example.com/hooks/order", "body": {"order": 1042}}]},
    )

    url: PublicUrl = Field(
        title="URL", description="http or https, on the public Internet.", examples=["https://example.com/hook"]
    )
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = Field("POST", description="The HTTP method.")
    headers: dict[HeaderName, HeaderValue] = Field(
        default_factory=dict,
        max_length=MAX_HEADERS,
        description="Sent along. Host, Content-Length, webhook-* and those of the connection are refused.",
        examples=[{"Authorization": "Bearer …"}],
        json_schema_extra={"additionalProperties": False},  # pydantic says only what the names that fit must hold
    )
    body: JsonValue = Field(
        None,
        title="Body",
        description="Text is sent as it is, other values as JSON; null sends no body.",
        examples=[{"order": 1042}],
    )
    expected_status: list[ExpectedStatus] = Field(
        default=["2xx"],
        min_length=1,
        max_length=20,
        description='Statuses that mean success: 204, "2xx" or "200-299". Redirects are not followed.',
        examples=[["2xx", 404]],
    )
    timeout_seconds: float = Field(
        30, ge=0.1, le=55, description="For the whole call, from resolving the name to the last byte of the answer."
    )

    @field_validator("headers")
    @classmethod
    def each_once(cls, headers: dict[str, str]) -> dict[str, str]:
        if len({name.lower() for name in headers}) < len(headers):
            raise ValueError("a header is given twice; names differ only in case")
        return headers

    @field_validator("body")
    @classmethod
    def has_a_place(cls, body: JsonValue, info: Any) -> JsonValue:
        if body is not None and info.data.get("method") in ("GET", "HEAD"):
            raise ValueError(f"{info.data['method']} carries no body")
        return body


@handler("http", timeout=60)
def http(payload: HttpCall, job: JobContext) -> dict[str, Any]:
    """Call a URL; retries carry the same Idempotency-Key. Signed as a Standard Webhook when WEBHOOK_SECRET is set."""
    from tickwork.handlers.http.client import fetch

    body = encode(payload.body)
    began = monotonic()
    answer = fetch(
        payload.method,
        payload.url,
        seconds=min(payload.timeout_seconds, max(0.1, job.seconds_left - 1)),
        max_bytes=MAX_ANSWER_BYTES,
        headers=request_headers(payload, body, job),
        body=body,
        allow_hosts=settings().http_allow_hosts,
    )
    milliseconds = round((monotonic() - began) * 1000)
    text = readable(answer.body, answer.headers)
    job.log(f"answered {answer.status}", milliseconds=milliseconds)
    if not is_expected(answer.status, payload.expected_status):
        raise verdict(answer.status, answer.headers, text, job.now)
    return {
        "status": answer.status,
        "content_type": answer.headers.get("content-type"),
        "body": text,
        "truncated": answer.truncated,
        "duration_ms": milliseconds,
    }


def encode(body: JsonValue) -> bytes | None:
    """The bytes that are sent and signed."""
    if body is None or isinstance(body, str):
        return None if body is None else body.encode()
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def request_headers(payload: HttpCall, body: bytes | None, job: JobContext) -> dict[str, str]:
    """Lower-case names, since HTTP's have no case and two spellings would be sent as two headers."""
    kind = "text/plain; charset=utf-8" if isinstance(payload.body, str) else "application/json"
    defaults = {"user-agent": "Tickwork", "idempotency-key": job.idempotency_key}
    if body is not None:
        defaults["content-type"] = kind
    if job.traceparent:
        defaults["traceparent"] = job.traceparent
    given = {name.lower(): value for name, value in payload.headers.items()}
    secrets = settings().webhook_secret.get_secret_value()
    return {**defaults, **given, **(signature(secrets, job.idempotency_key, job.now, body or b"") if secrets else {})}


def is_expected(status: int, expected: list[int | str]) -> bool:
    return any(_matches(status, one) for one in expected)


def _matches(status: int, expected: int | str) -> bool:
    text = str(expected)
    if text.endswith("xx"):
        return status // 100 == int(text[0])
    low, _, high = text.partition("-")
    return int(low) <= status <= int(high or low)


def verdict(status: int, headers: dict[str, str], text: str | None, now: datetime) -> Exception:
    """What an unexpected answer means for the job: retried, unless the receiver says that it is gone."""
    # The answer may repeat what was sent, secrets and all: it stays out of the first line, which lists and logs show.
    reason = f"answered {status}\n\n{(text or '')[:SHOWN_CHARACTERS]}".rstrip()
    if status == 410:
        return Permanent(reason)
    if 300 <= status < 400:
        return CallFailed(f"answered {status}: redirects are not followed")
    delay = retry_after(headers, now) if status in (429, 503) else None
    return CallFailed(reason) if delay is None else RetryAfter(delay, reason)


class CallFailed(Exception):
    """Retried with backoff."""


def retry_after(headers: dict[str, str], now: datetime) -> float | None:
    """Seconds from a Retry-After of seconds or of a date, within 1 second and one day; None when it says neither."""
    text = headers.get("retry-after", "").strip()
    seconds = _whole(text) if re.fullmatch(r"[0-9]+", text) else _until(text, now)
    return None if seconds is None else min(max(seconds, 1.0), MAX_RETRY_AFTER_SECONDS)


def _whole(digits: str) -> float:
    return float(digits[:20]) if len(digits) <= 20 else MAX_RETRY_AFTER_SECONDS


def _until(date: str, now: datetime) -> float | None:
    try:
        at = parsedate_to_datetime(date)
        return (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def readable(body: bytes, headers: dict[str, str]) -> str | None:
    """The answer's text for people and databases (no NUL); None when it is not text."""
    kind = headers.get("content-type", "text/plain").lower()
    plain = headers.get("content-encoding", "identity").lower() == "identity"
    if not plain or not re.match(r"text/|application/([a-z0-9.+-]*\+)?(json|xml)|application/x-www-form", kind):
        return None
    return body.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
