"""The gateway's own refusals, in the shape of the functions' (RFC 9457)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


def problem(status: int, title: str, detail: str, request: Request, headers: dict[str, str] | None = None) -> Response:
    document = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": [],
        "request_id": request.headers.get("x-request-id"),
    }
    return JSONResponse(document, status, headers, media_type="application/problem+json")
