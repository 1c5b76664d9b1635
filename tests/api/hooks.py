"""What a JSON schema for forms cannot say, done to the requests that schemathesis means to be right.

So its jobs get as far as the stores: `SCHEMATHESIS_HOOKS=tests.api.hooks`.
"""

from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import schemathesis
from hypothesis import strategies as st

from tests.api.fresh import fresh_id, note

NOBODY = "01890000-0000-7000-8000-000000000000"
PDF_KINDS = {"invoice_id": {"invoice_id", "customer", "seller", "lines"}, "markdown": {"title", "markdown"}}

# Taken from 2000 to 2200 by the clock of Greenwich, which no pattern can say of a time with a zone.
ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(2000, 1, 2), datetime(2199, 12, 30), timezones=ZONES)  # noqa: DTZ001
schemathesis.openapi.format("date-time", TIMES.map(datetime.isoformat))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    if case.meta and case.meta.generation.mode.is_positive:
        if "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = _id(case)
        ACCEPTABLE.get(case.operation.label, lambda case: None)(case)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    note(case.operation.label, response.status_code)


def _id(case: Any) -> Any:
    given = case.path_parameters["id"]
    # None: a link from a job_id that is null, as in the audit of a batch
    return fresh_id(case.operation.label) or (NOBODY if str(given) == "None" else given)


def _list(case: Any) -> None:
    case.query.pop("cursor", None)  # good only when a page gave it


def _create(case: Any) -> None:
    if case.headers and "Idempotency-Key" in case.headers:  # used twice for the same request only
        case.headers["Idempotency-Key"] = sha256(repr(case.body).encode()).hexdigest()
    for job in case.body if isinstance(case.body, list) else [case.body]:
        if isinstance(job.get("payload"), dict):
            COMPLETE[job["type"]](job["payload"])


def _email(payload: dict[str, Any]) -> None:
    payload["text"] = payload.get("text") or "Hello"
    for attachment in payload.get("attachments", []):
        _one_place(attachment)


def _image_resize(payload: dict[str, Any]) -> None:
    _one_place(payload)
    payload |= {name: payload.get(name) or 100 for name in ("width", "height")}


def _http(payload: dict[str, Any]) -> None:
    if payload.get("method") in ("GET", "HEAD"):
        payload.pop("body", None)


def _pdf(payload: dict[str, Any]) -> None:
    kind = "markdown" if payload.get("markdown") else "invoice_id"
    for name in set(payload) - PDF_KINDS[kind]:
        del payload[name]
    if kind == "markdown":
        payload["title"] = payload.get("title") or "Minutes"
        return
    payload["invoice_id"] = payload.get("invoice_id") or "1042"
    payload["customer"] = payload.get("customer") or "Ada Lovelace"
    if not payload.get("lines"):
        payload["total"] = 12


def _one_place(source: dict[str, Any]) -> None:
    source.pop("key" if source.get("url") else "url", None)
    if not source.get("url"):
        source["key"] = source.get("key") or "images/logo.png"


def _add_channel(case: Any) -> None:  # which addresses a channel may have depends on its kind
    case.body["url"] = PLACES[case.body["kind"]]


PLACES = {
    "email": "oncall@example.com",
    "slack": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "webhook": "https://example.com/hook",
}
COMPLETE = {"email": _email, "image_resize": _image_resize, "http": _http, "pdf": _pdf}
ACCEPTABLE = {"GET /jobs": _list, "POST /jobs": _create, "POST /alerts/channels": _add_channel}
