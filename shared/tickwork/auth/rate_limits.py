"""How often one may call: counted in Redis by the library `limits`. Without Redis nobody is held up."""

from collections.abc import Callable
from math import ceil
from threading import Lock
from time import monotonic, time
from typing import TYPE_CHECKING, Any, TypeVar

import redis
from redis.exceptions import RedisClusterException

from tickwork.core.errors import Invalid, TooMany
from tickwork.core.principal import Principal
from tickwork.core.settings import Settings
from tickwork.core.validation import fault
from tickwork.stores.redis.connection import CLUSTER, client_options

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.storage import RedisStorage

PREFIX = "tickwork:limits"
MINUTE, DAY = 60, 86_400
DOWN_SECONDS = 2.0  # after a failure nothing is counted for this long, instead of waiting again

T = TypeVar("T")


class Rates:
    """Each method raises TooMany, with when to come again. `client` gives the way to Redis, once it is needed."""

    def __init__(self, settings: Settings, client: Callable[[], "redis.Redis"]):
        self._settings = settings
        self._client = client
        self._limiter: Any = None
        self._first = Lock()
        self._down_until = 0.0

    def call(self, by: Principal) -> None:
        """Count a call of `by` against RATE_LIMIT_PER_MINUTE."""
        most = self._settings.rate_limit_per_minute
        self._spend(most, MINUTE, 1, f"{most} calls a minute are allowed", "call", by.via, by.name)

    def quota(self, by: Principal) -> "Quota | None":
        """What JOBS_PER_DAY leaves to `by`; None without such a limit."""
        return Quota(self, by) if self._settings.jobs_per_day else None

    def create(self, by: Principal, jobs: int) -> bool:
        """Count jobs that `by` is about to create against JOBS_PER_DAY, or with a negative number give them back.
        False when they were not counted, since Redis is away. Raises Invalid for more than any day allows."""
        most = self._settings.jobs_per_day
        if 0 < most < jobs:
            message = f"may have at most {most} jobs, as many as JOBS_PER_DAY allows, has {jobs}"
            raise Invalid(f"the batch {message}", [fault((), message)])
        return self._spend(most, DAY, jobs, f"{most} jobs a day are allowed", "create", by.via, by.name)

    def failed_sign_in(self, address: str) -> None:
        """Count a wrong key or token. A right one is never held up by others' wrong ones."""
        most = self._settings.failed_sign_ins_per_minute
        self._spend(most, MINUTE, 1, "too many wrong keys or tokens came from your address", "failed", address)

    def _spend(self, most: int, seconds: int, cost: int, why: str, *who: str) -> bool:
        if not most or monotonic() < self._down_until:
            return False
        try:
            retry_after = self._over(most, seconds, cost, who)
        except (redis.RedisError, RedisClusterException):
            self._down_until = monotonic() + DOWN_SECONDS
            return False
        if retry_after:
            raise TooMany(why, retry_after)
        return True

    def _over(self, most: int, seconds: int, cost: int, who: tuple[str, ...]) -> int:
        """0, or in how many seconds there is room again."""
        item = self._item(most, seconds)
        if self._limiter.hit(item, *who, cost=cost):
            return 0
        reset_at: float = self._limiter.get_window_stats(item, *who).reset_time
        return max(1, ceil(reset_at - time()))

    def _item(self, most: int, seconds: int) -> "RateLimitItem":
        from limits import RateLimitItemPerSecond
        from limits.strategies import SlidingWindowCounterRateLimiter

        with self._first:
            if self._limiter is None:
                self._limiter = SlidingWindowCounterRateLimiter(self._storage())
        return RateLimitItemPerSecond(most, seconds)

    def _storage(self) -> "RedisStorage":
        from limits.storage import RedisClusterStorage, RedisStorage

        url = self._settings.redis_url.get_secret_value()
        if url.startswith(CLUSTER):  # whose client has no pool to share
            return RedisClusterStorage(url, key_prefix=PREFIX, require_full_coverage=False, **client_options())
        self._redis = self._client()  # kept: a client that is forgotten hangs up whatever its pool has lent
        return RedisStorage("redis://", connection_pool=self._redis.connection_pool, key_prefix=PREFIX)


class Quota:
    """The jobs that one caller may still create."""

    def __init__(self, rates: Rates, by: Principal):
        self._rates = rates
        self._by = by

    def within(self, jobs: int, create: Callable[[Callable[[], None]], list[T]]) -> list[T]:
        """What `create` makes of so many jobs. Before it makes them it calls what it is given: that raises TooMany when
        they are more than are left.

        They count beforehand, so that no two callers at once get more than there are, and no longer when none is made.
        """
        counted: list[bool] = []
        made: list[T] = []

        def count() -> None:
            if not counted:  # a create that is tried again counts once
                counted.append(self._rates.create(self._by, jobs))

        try:
            made = create(count)
        finally:
            if any(counted) and not made:
                self._rates.create(self._by, -jobs)
        return made
