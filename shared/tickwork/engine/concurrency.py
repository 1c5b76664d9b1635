"""How many handlers run at once in this process: in all, and per type where the type sets a limit."""

from collections.abc import Mapping, Sequence
from threading import Condition, Lock
from time import monotonic

PATIENCE_SECONDS = 0.02  # a batch that could start nothing for so long comes before the others


class Slots:
    """Shared by every batch of the process. `limits`: a type's own maximum; other types only share the total."""

    def __init__(self, total: int, limits: Mapping[str, int] | None = None):
        self._free = total
        self._limits = dict(limits or {})
        self._hungry: dict[object, tuple[float, Sequence[str]]] = {}  # who gets no slot: since when, for which types
        self._changed = Condition(Lock())

    def try_acquire(self, who: object, types: Sequence[str]) -> str | None:
        """Take a slot for `who` and the first of `types` that may have one; never waits. Answers for which type."""
        with self._changed:
            ahead = self._ahead_of(who) if self._hungry else []
            if self._free > sum(self._can_use(theirs) for theirs in ahead):
                for type in types:
                    if self._limits.get(type, len(ahead) + 1) > sum(type in theirs for theirs in ahead):
                        self._hungry.pop(who, None)
                        self._move(type, -1)
                        return type
            self._hungry[who] = (self._hungry_since(who), types)
            return None

    def may_keep(self, who: object, type: str) -> bool:
        """Whether `who`, who holds a slot for `type`, may run one more job of it: nobody has waited for it for long."""
        if not self._hungry:
            return True
        with self._changed:
            self._hungry.pop(who, None)  # has been served until now
            return not any(type in theirs or self._can_use(theirs) for theirs in self._ahead_of(who))

    def release(self, type: str) -> None:
        with self._changed:
            self._move(type, +1)
            self._changed.notify_all()

    def wait(self, timeout: float) -> None:
        """Until some slot is released, or `timeout` seconds."""
        with self._changed:
            self._changed.wait(timeout)

    def leave(self, who: object) -> None:
        """`who` wants no slot any more."""
        with self._changed:
            self._hungry.pop(who, None)

    def _ahead_of(self, who: object) -> list[Sequence[str]]:
        first = min(self._hungry_since(who), monotonic() - PATIENCE_SECONDS)
        return [types for other, (since, types) in self._hungry.items() if other is not who and since < first]

    def _hungry_since(self, who: object) -> float:
        return self._hungry[who][0] if who in self._hungry else monotonic()

    def _can_use(self, types: Sequence[str]) -> bool:
        return any(self._limits.get(type, 1) > 0 for type in types)

    def _move(self, type: str, step: int) -> None:
        self._free += step
        if type in self._limits:
            self._limits[type] += step
