"""When house is kept: at its period beside the jobs while a tick stays, else at the tick's end."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Lock

from tickwork.stores.redis.due_index import NOTHING


class Keeping:
    """`keep` is called with DUE_SOON or EVERYTHING, by one thread at a time. What failed beside the jobs is done again
    at the next occasion, at the end at last, where its error shows."""

    def __init__(self, keep: Callable[[int], None]):
        self._keep = keep
        self._due = NOTHING
        self._lock = Lock()
        self._beside: Executor | None = None

    def ask(self, level: int) -> None:
        """House of `level` is to be kept."""
        with self._lock:
            self._due = max(self._due, level)
            if self._beside and self._due:
                self._beside.submit(copy_context().run, self._keep_due)

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Inside the block nobody waits for the house, nor it for the end. Leaving waits for what is under way."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            self._beside = pool
            try:
                self.ask(self._due)  # of the drain before it
                yield
            finally:
                self._beside = None

    def finish(self) -> None:
        """Keep what is still due. Raises what `keep` raises."""
        if level := self._next():
            self._keep(level)

    def _keep_due(self) -> None:
        level = self._next()
        try:
            if level:
                self._keep(level)
        except Exception:
            with self._lock:
                self._due = max(self._due, level)

    def _next(self) -> int:
        with self._lock:
            level, self._due = self._due, NOTHING
            return level
