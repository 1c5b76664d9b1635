"""How many jobs to take at once: as many as lately ran in about a second."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

AIM_SECONDS = 1.0
GROWTH = 4


class BatchSize:
    """Starts small, grows fourfold at most from batch to batch, stays within [low, high]. One per process."""

    def __init__(self, low: int, high: int):
        self._low = low
        self._high = max(low, high)
        self.limit = min(self._high, low * GROWTH)
        self._lock = Lock()

    @contextmanager
    def measure(self, count: int) -> Iterator[None]:
        """Learn from a batch of `count` jobs that runs inside the block."""
        start = monotonic()
        yield
        self.learn(count, monotonic() - start)

    def learn(self, count: int, seconds: float) -> None:
        """A batch of `count` took `seconds`. Small batches may shrink the limit but say little about growth."""
        fitting = int(count * AIM_SECONDS / max(seconds, 0.001))
        with self._lock:
            if fitting < self.limit or count >= self.limit:
                self.limit = min(self._high, max(self._low, min(fitting, self.limit * GROWTH)))
