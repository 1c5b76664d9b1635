"""What a tick or a run did, counted as it goes by several threads."""

from collections import Counter
from threading import Lock

from tickwork.core.job import COUNTED_AS

COUNTS = (
    "taken",
    "handed_over",
    "completed",
    "retried",
    "failed",
    "cancelled",
    "released",
    "rescued",
    "refused",
    "reconciled",
    "pruned",
)
GONE = "gone"  # ids that the index held for nothing; counted, not told


class Report:
    """`refused` are late results that the fence turned away; `rescued` are jobs whose lease had expired;
    `handed_over` went into a queue."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._degraded: set[str] = set()
        self._told: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, counts: dict[str, int]) -> None:
        """Add counts by name or by outcome."""
        with self._lock:
            self._counts.update({COUNTED_AS.get(name, name): count for name, count in counts.items()})

    def degrade(self, store: str) -> None:
        """Note that `store` did not answer and the work went on without it."""
        with self._lock:
            self._degraded.add(store)

    def count(self, name: str) -> int:
        with self._lock:
            return self._counts[name]

    def count_since(self, name: str) -> int:
        """What was counted since this was last asked."""
        with self._lock:
            new = self._counts[name] - self._told[name]
            self._told[name] += new
            return new

    def as_dict(self) -> dict[str, int | list[str]]:
        with self._lock:
            return {name: self._counts[name] for name in COUNTS} | {"degraded": sorted(self._degraded)}
