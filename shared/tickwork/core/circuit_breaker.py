"""How long nobody asks again after a refusal."""

from collections.abc import Callable
from threading import Lock

FIRST_SECONDS, LAST_SECONDS = 0.1, 2.0


class Pause:
    """Twice as long after each refusal, within bounds; when it is over one asks, and the others wait for what that one
    hears. Shared by threads. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._seconds = 0.0
        self._until = 0.0
        self._lock = Lock()

    def may_ask(self) -> bool:
        with self._lock:
            if self._clock() < self._until:
                return False
            self._until = self._clock() + self._seconds
            return True

    def left(self) -> float:
        """Seconds until one may ask."""
        return max(0.0, self._until - self._clock())

    def refused(self) -> None:
        with self._lock:
            self._seconds = min(LAST_SECONDS, max(FIRST_SECONDS, 2 * self._seconds))
            self._until = self._clock() + self._seconds

    def accepted(self) -> None:
        with self._lock:
            self._seconds = self._until = 0.0
