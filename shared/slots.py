"""How many handlers run at once in this process: in all, and per type where the type sets a limit."""

from collections.abc import Mapping
from threading import Condition, Lock


class Slots:
    """Shared by every batch of the process. `limits`: a type's own maximum; other types only share the total."""

    def __init__(self, total: int, limits: Mapping[str, int] | None = None):
        self._free = total
        self._limits = dict(limits or {})
        self._wanted = 0
        self._changed = Condition(Lock())

    def try_acquire(self, type: str) -> bool:
        """Take a slot for a job of `type` if one is free; never waits."""
        with self._changed:
            if self._free <= 0 or self._limits.get(type, 1) <= 0:
                return False
            self._move(type, -1)
            return True

    def may_keep(self) -> bool:
        """Whether who holds a slot may run one more job of its type with it: nobody waits for one."""
        return not self._wanted

    def release(self, type: str) -> None:
        with self._changed:
            self._move(type, +1)
            self._changed.notify_all()

    def wait(self, timeout: float) -> None:
        """Until some slot is released, or `timeout` seconds."""
        with self._changed:
            self._wanted += 1
            self._changed.wait(timeout)
            self._wanted -= 1

    def _move(self, type: str, step: int) -> None:
        self._free += step
        if type in self._limits:
            self._limits[type] += step
