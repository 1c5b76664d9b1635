"""The one place that builds what a process shares: settings now, pool and Redis client next to them. Cached per process."""

from functools import cache

from shared.settings import Settings, load_settings


@cache
def settings() -> Settings:
    return load_settings()
