"""A tick that stays: jobs start within milliseconds of becoming due or being created, and an idle one costs a look a
second."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock
from time import monotonic, sleep
from uuid import UUID

from shared.alarm import Alarm
from shared.due_index import DueIndex, Taken
from shared.stopping import stopping

LANES = 4  # batches at once: a slow handler holds up its own batch only
LOOK_SECONDS = 1.0  # for what nobody announces: leases that ended, SIGTERM
UNCLAIMED_SECONDS = 0.05  # the stores' clocks differ, or another tick has them: not at once again


class Lingering:
    """`take` looks at the index, `work_off` runs what it gave, as a tick does."""

    def __init__(self, index: DueIndex, take: Callable[[], Taken], work_off: Callable[[list[UUID], float], int]):
        self._index = index
        self._take = take
        self._work_off = work_off
        self._turn = Lock()  # one lane waits for work; the others work, or wait for their turn
        self._failed = False  # one lane did: the others end too, so that the next tick begins with all of them

    def run(self, until: float) -> None:
        """Until `until` (monotonic seconds). Raises IndexDown when Redis goes away, and what `work_off` raises."""
        with self._index.open_alarm() as alarm, ThreadPoolExecutor(max_workers=LANES) as lanes:
            for lane in [lanes.submit(copy_context().run, self._stay, alarm, until) for _ in range(LANES)]:
                lane.result()

    def _stay(self, alarm: Alarm, until: float) -> None:
        try:
            while self._goes_on(until):
                with self._turn:
                    ids = self._wait(alarm, until)
                if ids and not self._work_off(ids, until):
                    sleep(UNCLAIMED_SECONDS)
        except BaseException:
            self._failed = True
            raise

    def _wait(self, alarm: Alarm, until: float) -> list[UUID]:
        while self._goes_on(until):
            taken = self._take()
            if taken.ids:
                return taken.ids
            due_in = (taken.next_due_at - taken.now).total_seconds() if taken.next_due_at else LOOK_SECONDS
            self._index.wait(alarm, max(0.0, min(LOOK_SECONDS, until - monotonic(), due_in)))
        return []

    def _goes_on(self, until: float) -> bool:
        return monotonic() < until and not stopping() and not self._failed
