"""Whether this process was told to end: a platform sends SIGTERM and, ten seconds later, SIGKILL."""

import signal
from time import monotonic

PATIENCE_SECONDS = 7.0  # for handlers under way; what is given up then is settled before SIGKILL comes

_since: float | None = None


def stopping() -> bool:
    """True from SIGTERM on, under gunicorn, which serves functions: it lets requests under way end, and tells nobody.

    Its worker's own handler of the signal says so; a thread that serves a request could not install one.
    """
    worker = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return not getattr(worker, "alive", True)


def out_of_time() -> bool:
    """True once the process has been stopping for as long as running handlers are waited for."""
    global _since
    if not stopping():
        return False
    _since = monotonic() if _since is None else _since
    return monotonic() - _since >= PATIENCE_SECONDS
