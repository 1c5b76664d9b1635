"""An endpoint for http jobs to call: it answers what it got, as slowly and with the status the query asks for."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MAX_BODY_BYTES = 64 * 1024
MAX_DELAY_SECONDS = 60


async def echo(request: Request) -> Response:
    """`/echo?status=503&delay=10`: status (200) and delay (0 seconds) are for trying out retries and slow handlers."""
    try:
        status = int(request.query_params.get("status", "200"))
        delay = float(request.query_params.get("delay", "0"))
    except ValueError:
        return JSONResponse({"detail": "status and delay are numbers"}, 422)
    if not (200 <= status <= 599 and 0 <= delay <= MAX_DELAY_SECONDS):
        return JSONResponse({"detail": f"status is 200 to 599, delay 0 to {MAX_DELAY_SECONDS} seconds"}, 422)
    body = await request.body()
    await asyncio.sleep(delay)
    got = {"method": request.method, "path": str(request.url.path), "headers": dict(request.headers)}
    shown = body[:MAX_BODY_BYTES].decode("utf-8", "replace")
    return Response(status_code=status) if status in (204, 304) else JSONResponse(got | {"body": shown}, status)
