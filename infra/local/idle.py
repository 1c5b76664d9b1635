"""How long a client here keeps an idle connection: less than any server here does, or it would use a closed one."""

import httpx

# gunicorn closes an idle connection after 2 s, uvicorn after 5, which is a beat of the ticker.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=1)
