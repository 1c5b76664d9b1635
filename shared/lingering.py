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

    def run(self, until: float) -> None:
        """Until `until` (monotonic seconds). Raises IndexDown when Redis goes away."""
        with self._index.open_alarm() as alarm, ThreadPoolExecutor(max_workers=LANES) as lanes:
            for lane in [lanes.submit(copy_context().run, self._stay, alarm, until) for _ in range(LANES)]:
                lane.result()

    def _stay(self, alarm: Alarm, until: float) -> None:
        while monotonic() < until and not stopping():
            with self._turn:
                ids = self._wait(alarm, until)
            if ids and not self._work_off(ids, until):
                sleep(UNCLAIMED_SECONDS)

    def _wait(self, alarm: Alarm, until: float) -> list[UUID]:
        while (left := until - monotonic()) > 0 and not stopping():
            taken = self._take()
            if taken.ids:
                return taken.ids
            due_in = (taken.next_due_at - taken.now).total_seconds() if taken.next_due_at else LOOK_SECONDS
            self._index.wait(alarm, min(LOOK_SECONDS, left, max(0.0, due_in)))
        return []
