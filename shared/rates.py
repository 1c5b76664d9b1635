"""How often one may call: counted in Redis by the library `limits`. Without Redis nobody is held up."""

from collections.abc import Callable
from math import ceil
from time import monotonic, time
from typing import TYPE_CHECKING, Any

import redis
from redis.exceptions import RedisClusterException

from shared.due_index import CLUSTER, client_options
from shared.errors import TooMany
from shared.principal import Principal
from shared.settings import Settings

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.storage import RedisStorage

PREFIX = "tickwork:limits"
MINUTE, DAY = 60, 86_400
DOWN_SECONDS = 2.0  # after a failure nothing is counted for this long, instead of waiting again


class Rates:
    """Each method raises TooMany, with when to come again. `client` gives the way to Redis, once it is needed."""

    def __init__(self, settings: Settings, client: Callable[[], "redis.Redis"]):
        self._settings = settings
        self._client = client
        self._limiter: Any = None
        self._down_until = 0.0

    def call(self, by: Principal) -> None:
        """Count a call of `by` against RATE_LIMIT_PER_MINUTE."""
        most = self._settings.rate_limit_per_minute
        self._spend(most, MINUTE, 1, f"{most} calls a minute are allowed", "call", by.via, by.name)

    def create(self, by: Principal, jobs: int) -> None:
        """Count jobs that `by` is about to create against JOBS_PER_DAY."""
        most = self._settings.jobs_per_day
        self._spend(most, DAY, jobs, f"{most} jobs a day are allowed", "create", by.via, by.name)

    def failed_sign_in(self, address: str) -> None:
        """Count a wrong key or token. A right one is never held up by others' wrong ones."""
        most = self._settings.failed_sign_ins_per_minute
        self._spend(most, MINUTE, 1, "too many wrong keys or tokens came from your address", "failed", address)

    def _spend(self, most: int, seconds: int, cost: int, why: str, *who: str) -> None:
        if not most or monotonic() < self._down_until:
            return
        try:
            retry_after = self._over(most, seconds, cost, who)
        except (redis.RedisError, RedisClusterException):
            self._down_until = monotonic() + DOWN_SECONDS
            return
        if retry_after:
            raise TooMany(why, retry_after)

    def _over(self, most: int, seconds: int, cost: int, who: tuple[str, ...]) -> int:
        """0, or in how many seconds there is room again."""
        item = self._item(most, seconds)
        if cost <= most and self._limiter.hit(item, *who, cost=cost):
            return 0
        reset_at: float = self._limiter.get_window_stats(item, *who).reset_time
        return max(1, ceil(reset_at - time()))

    def _item(self, most: int, seconds: int) -> "RateLimitItem":
        from limits import RateLimitItemPerSecond
        from limits.strategies import SlidingWindowCounterRateLimiter

        if self._limiter is None:
            self._limiter = SlidingWindowCounterRateLimiter(self._storage())
        return RateLimitItemPerSecond(most, seconds)

    def _storage(self) -> "RedisStorage":
        from limits.storage import RedisClusterStorage, RedisStorage

        url = self._settings.redis_url.get_secret_value()
        if url.startswith(CLUSTER):  # whose client has no pool to share
            return RedisClusterStorage(url, key_prefix=PREFIX, require_full_coverage=False, **client_options())
        return RedisStorage("redis://", connection_pool=self._client().connection_pool, key_prefix=PREFIX)
