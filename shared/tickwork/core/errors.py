"""Everything Tickwork raises on purpose.

TickworkError
├── Verdict                 raised by a handler to choose what becomes of its job
│   ├── Permanent           failed at once, no retry
│   ├── RetryAfter          retried after a delay of the handler's choice
│   └── Cancelled           ends as cancelled; raised by JobContext.check() once cancellation was requested
├── Problem                 answered to an HTTP caller as RFC 9457 problem+json; one class per status
│   ├── Malformed           400  not JSON, or JSON that no store can hold
│   ├── Unauthorized        401  nobody we know
│   ├── Forbidden           403  known, but may not
│   ├── NotFound            404
│   ├── MethodNotAllowed    405
│   ├── Conflict            409  the job's status does not allow it
│   ├── TooLarge            413
│   ├── UnsupportedMedia    415
│   ├── Invalid             422  understood, but a field is wrong: `errors` names each
│   ├── TooMany             429  try again after `retry_after` seconds
│   └── Unavailable         503  a store does not answer; try again after `retry_after` seconds
├── IndexDown               Redis does not answer, or answers with an error: go on from Postgres
└── Misconfigured           a setting is missing or contradicts another; says which and what to do
"""

from typing import Any, ClassVar


class TickworkError(Exception):
    pass


class IndexDown(TickworkError):
    """Redis does not answer, or answers with an error: go on from Postgres."""


class Verdict(TickworkError):
    """What a handler says of its own job; `str(error)` becomes the attempt's error text."""


class Permanent(Verdict):
    """Trying again cannot help: the job fails now, whatever retries it has left."""


class RetryAfter(Verdict):
    """Try again in `delay_seconds` (kept within 0 and one day); uses up one retry like any other failure."""

    def __init__(self, delay_seconds: float, reason: str = "asked to be retried later"):
        super().__init__(reason)
        self.delay_seconds = delay_seconds


class Cancelled(Verdict):
    """The handler stopped because cancellation was requested."""


class Misconfigured(TickworkError):
    pass


class Problem(TickworkError):
    """An answer to an HTTP caller. `errors` is a list of `{"field": "priority", "message": "…"}`, one per fault."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, errors: list[dict[str, Any]] | None = None, headers: dict[str, str] | None = None):
        super().__init__(detail)
        self.detail = detail
        self.errors = errors or []
        self.headers = headers or {}


class Malformed(Problem):
    status, title = 400, "Malformed request"


class Unauthorized(Problem):
    status, title = 401, "Unauthorized"

    def __init__(self, detail: str):
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    status, title = 403, "Forbidden"


class NotFound(Problem):
    status, title = 404, "Not found"


class MethodNotAllowed(Problem):
    status, title = 405, "Method not allowed"


class Conflict(Problem):
    status, title = 409, "Conflict"


class TooLarge(Problem):
    status, title = 413, "Payload too large"


class UnsupportedMedia(Problem):
    status, title = 415, "Unsupported media type"


class Invalid(Problem):
    status, title = 422, "Invalid request"


class TooMany(Problem):
    status, title = 429, "Too many requests"

    def __init__(self, detail: str, retry_after: int):
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class Unavailable(Problem):
    status, title = 503, "Service unavailable"

    def __init__(self, detail: str, retry_after: int = 2):
        super().__init__(detail, headers={"Retry-After": str(retry_after)})
