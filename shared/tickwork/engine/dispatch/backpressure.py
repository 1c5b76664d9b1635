"""Handing over to somebody who may refuse."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic, sleep
from uuid import UUID

from tickwork.core.circuit_breaker import Pause
from tickwork.core.errors import IndexDown
from tickwork.core.failpoints import passing
from tickwork.engine.report import Report

# (ids, until in monotonic seconds, report) → how many of them could be claimed or are on their way; None: refused
HandOver = Callable[[list[UUID], float, Report], int | None]


class Patience:
    """A Dispatch by way of `hand_over`. Refused ids are given to `put_back`, so that they wait for no lease to end;
    that is safe even if they have arrived, since a claim decides. A tick that stays tries less and less often."""

    def __init__(
        self,
        hand_over: HandOver,
        put_back: Callable[[Iterable[UUID]], None],
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], None] = sleep,
    ):
        self._hand_over = hand_over
        self._put_back = put_back
        self._clock = clock
        self._sleep = sleep
        self._pause = Pause(clock)

    def __call__(self, ids: list[UUID], until: float, report: Report) -> int:
        passing("hand_over.before")
        if not self._pause.may_ask():
            self._keep_none(ids)
            self._sleep(max(0.0, min(self._pause.left(), until - self._clock())))
            return 0
        handed = self._hand_over(ids, until, report)
        if handed is None:
            self._pause.refused()
            self._keep_none(ids)
            return 0
        self._pause.accepted()
        passing("hand_over.answered")
        return handed

    def _keep_none(self, ids: list[UUID]) -> None:
        with suppress(IndexDown):  # their leases bring them back
            self._put_back(ids)
