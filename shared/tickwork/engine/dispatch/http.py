"""Who runs a batch: this process, or run_jobs, called or by way of a queue. The ids travel; whoever gets them claims,
runs and settles."""

from collections.abc import Callable
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID

from tickwork.core.errors import Unavailable
from tickwork.core.settings import Settings
from tickwork.engine.dispatch.backpressure import Patience
from tickwork.engine.dispatch.credentials import Credentials, credentials_of
from tickwork.engine.report import COUNTS, Report
from tickwork.engine.runner import Runner
from tickwork.stores.redis.due_index import DueIndex

if TYPE_CHECKING:
    from ssl import SSLContext

# (ids, until in monotonic seconds, report) → how many of them could be claimed
Dispatch = Callable[[list[UUID], float, Report], int]

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 900.0  # as long as handlers may take; the platform's own limit comes first


def dispatch_of(settings: Settings, runner: Callable[[], Runner], index: DueIndex) -> Dispatch:
    """What DISPATCH asks for."""
    if settings.dispatch == "local":
        return runner().run
    if settings.dispatch == "sqs":
        from tickwork.engine.dispatch.sqs import SqsDispatch

        return Patience(SqsDispatch(settings), index.put_back)
    return Patience(HttpDispatch(settings.run_jobs_url, credentials_of(settings)), index.put_back)


class HttpDispatch:
    """Hands batches to run_jobs at `url`, and waits for what becomes of them."""

    def __init__(self, url: str, credentials: Credentials = dict):
        self._url = url
        self._credentials = credentials

    def __call__(self, ids: list[UUID], until: float, report: Report) -> int | None:
        import httpx

        body = {"ids": [str(id) for id in ids], "budget_seconds": max(0.0, until - monotonic())}
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        try:
            signed = self._credentials()
            answer = httpx.post(
                self._url, json=body, headers=signed, timeout=timeout, trust_env=False, verify=_trusted(self._url)
            )
            return self._counted(answer.raise_for_status().json(), report)
        except (httpx.HTTPError, Unavailable, ValueError, LookupError, TypeError):  # or something else answers there
            report.degrade("run_jobs")
            return None

    def _counted(self, answer: dict[str, object], report: Report) -> int:
        report.add({name: int(str(answer[name])) for name in COUNTS if name not in ("taken", "handed_over")})
        for store in answer["degraded"]:  # type: ignore[attr-defined]
            report.degrade(store)
        return int(str(answer["claimed"]))


def _trusted(url: str) -> "SSLContext | bool":
    """Reading all certificate authorities takes 20 ms of CPU, as long as running a thousand jobs: once a process."""
    return _authorities() if url.startswith("https:") else False  # nothing is encrypted, so nothing is verified


@cache
def _authorities() -> "SSLContext":
    import httpx

    return httpx.create_ssl_context(trust_env=False)
