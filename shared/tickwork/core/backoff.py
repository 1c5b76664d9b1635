"""How long a failed job waits: exponential with full jitter, as pure functions.

Full jitter (a uniform draw between zero and the exponential bound) spreads a crowd of retries best:
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """`base` seconds after the first failure, times `factor` after each further one, never above `cap`."""

    base: float = 5.0
    factor: float = 2.0
    cap: float = 3600.0

    def bound(self, retries: int) -> float:
        """The longest wait before retry number `retries + 1`, in seconds."""
        exponent = min(max(retries, 0), 64)  # capped before the power: 2.0 ** 2000 raises OverflowError
        try:
            return min(self.cap, self.base * self.factor**exponent)
        except OverflowError:
            return self.cap

    def delay(self, retries: int, draw: float | None = None) -> float:
        """A jittered wait in seconds, within [0, bound]; `draw` in [0, 1) stands in for chance."""
        share = random.random() if draw is None else draw  # noqa: S311 (spreads load, guards nothing)
        return self.bound(retries) * share
