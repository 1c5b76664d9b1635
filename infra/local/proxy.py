"""Passes a request on to the function that answers it, and the answer back, piece by piece."""

from collections.abc import Iterable

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from infra.local.idle import LIMITS
from infra.local.problem import problem
from tickwork.api.endpoint import MAX_BODY_BYTES

HOP_BY_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
        b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
CONNECT_RETRIES = 4  # over 3.5 s: what a function may need to start
TIMEOUT = httpx.Timeout(None, connect=5)  # how long a function may take is its own affair

Headers = list[tuple[bytes, bytes]]


def make_client() -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(limits=LIMITS, retries=CONNECT_RETRIES)
    client = httpx.AsyncClient(transport=transport, timeout=TIMEOUT)
    client.headers.clear()  # nothing of its own goes out
    return client


async def forward(request: Request, client: httpx.AsyncClient, function: str, port: int) -> Response:
    """The function's answer, or 502 when it gives none."""
    path = request.scope["raw_path"].decode("ascii")
    if not path.startswith("/"):  # "GET @elsewhere/ HTTP/1.1" would name another host
        return problem(400, "Malformed request", "the path must begin with /", request)
    try:
        url = httpx.URL(f"http://127.0.0.1:{port}{path}", query=request.scope["query_string"] or None)
    except httpx.InvalidURL:
        return problem(414, "URI too long", "the address cannot be passed on", request)
    body = await _read(request)
    if len(body) > MAX_BODY_BYTES:
        return problem(413, "Payload too large", f"a body may have {MAX_BODY_BYTES} bytes", request)
    outgoing = client.build_request(request.method, url, headers=_framed(request, body), content=body)
    try:
        answer = await client.send(outgoing, stream=True)
    except httpx.TransportError as error:
        return problem(502, "Bad gateway", f"the function {function} gives no answer ({type(error).__name__})", request)
    passed = StreamingResponse(answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose))
    passed.raw_headers = _end_to_end(answer.headers.raw)
    return passed


async def _read(request: Request) -> bytes:
    """The body, or a little more than is allowed of it. The rest is read too: whoever sends sees no answer before."""
    body = b""
    async for chunk in request.stream():
        body += chunk[: MAX_BODY_BYTES + 1 - len(body)]
    return body


def _framed(request: Request, body: bytes) -> Headers:
    """The caller's headers; a body that came in chunks now has a length."""
    headers = [pair for pair in _end_to_end(request.headers.raw) if pair[0] != b"content-length"]
    return [*headers, (b"content-length", str(len(body)).encode())] if _has_body(request) else headers


def _has_body(request: Request) -> bool:
    return "content-length" in request.headers or "transfer-encoding" in request.headers


def _end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Without those that are about one connection, whether by standard or because Connection names them."""
    pairs = [(name.lower(), value) for name, value in headers]
    named = {part.strip().lower() for name, value in pairs if name == b"connection" for part in value.split(b",")}
    return [(name, value) for name, value in pairs if name not in HOP_BY_HOP | named]
