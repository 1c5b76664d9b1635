"""A tick that stays: jobs start within milliseconds of becoming due or being created, and an idle one costs a look a
second."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Condition, Lock
from time import monotonic, sleep
from uuid import UUID

from tickwork.core.shutdown import stopping
from tickwork.stores.redis.due_index import DueIndex, Taken
from tickwork.stores.redis.shard import EARLY_MS
from tickwork.stores.redis.wakeup import Alarm

LANES = 4  # batches at once, besides slow ones: a slow handler holds up its own batch only
SLOW_SECONDS = 1.0
ROOM_SECONDS = 0.1
LOOK_SECONDS = 1.0  # for what nobody announces: leases that ended, SIGTERM
UNCLAIMED_SECONDS = 0.05  # the stores' clocks differ, or another tick has them: not at once again


class Lingering:
    """`take` looks at the index, `hand_out` runs what it gave, as a tick does. `most` batches at once, with the slow
    ones."""

    def __init__(
        self, index: DueIndex, take: Callable[[], Taken], hand_out: Callable[[list[UUID], float], int], most: int
    ):
        self._index = index
        self._take = take
        self._hand_out = hand_out
        self._most = max(LANES, most)
        self._begun: dict[int, float] = {}  # lanes that work, and since when
        self._room = Condition()
        self._look_at = 0.0  # when something more is due; the lane that waits knows
        self._turn = Lock()  # one lane waits for work; the others work, or wait for their turn
        self._failed = False  # one lane did: the others end too, so that the next tick begins with all of them

    def run(self, until: float) -> None:
        """Until `until` (monotonic seconds). Raises IndexDown when Redis goes away, and what `hand_out` raises."""
        with self._index.open_alarm() as alarm, ThreadPoolExecutor(max_workers=self._most) as pool:
            lanes = [pool.submit(copy_context().run, self._stay, lane, alarm, until) for lane in range(self._most)]
            for lane in lanes:
                lane.result()

    def _stay(self, lane: int, alarm: Alarm, until: float) -> None:
        try:
            while self._goes_on(until):
                with self._turn:
                    self._wait_for_room(until)
                    if not (ids := self._wait(alarm, until)):
                        return
                    self._begun[lane] = monotonic()
                if not self._work(lane, ids, until):
                    sleep(UNCLAIMED_SECONDS)
        except BaseException:
            self._failed = True
            raise

    def _work(self, lane: int, ids: list[UUID], until: float) -> int:
        try:
            return self._hand_out(ids, until)
        finally:
            with self._room:
                del self._begun[lane]
                self._room.notify()

    def _wait_for_room(self, until: float) -> None:
        with self._room:
            while self._goes_on(until) and self._brisk() >= LANES:
                self._room.wait(ROOM_SECONDS)

    def _brisk(self) -> int:
        slow = monotonic() - SLOW_SECONDS
        return sum(begun > slow for begun in [*self._begun.values()])

    def _wait(self, alarm: Alarm, until: float) -> list[UUID]:
        """Nothing when the time is over."""
        while self._goes_on(until):
            if (left := min(self._look_at, until) - monotonic()) > 0:
                self._rest(alarm, left)
            elif ids := self._look():
                return ids
        return []

    def _rest(self, alarm: Alarm, seconds: float) -> None:
        if self._index.wait(alarm, seconds):
            self._look_at = 0.0

    def _look(self) -> list[UUID]:
        taken = self._take()
        due_in = (taken.next_due_at - taken.now).total_seconds() if taken.next_due_at else LOOK_SECONDS
        self._look_at = monotonic() + min(LOOK_SECONDS, due_in - EARLY_MS / 1000)
        return taken.ids

    def _goes_on(self, until: float) -> bool:
        return monotonic() < until and not stopping() and not self._failed
