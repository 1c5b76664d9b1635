"""The process's connections to both stores, opened late and shared by all that use them."""

from functools import cache
from typing import TYPE_CHECKING

from tickwork.core.settings import settings
from tickwork.stores.postgres.database import Database
from tickwork.stores.redis.connection import client

if TYPE_CHECKING:
    import redis


@cache
def database() -> Database:
    chosen = settings()
    return Database(chosen.database_url.get_secret_value(), seconds=chosen.statement_seconds)


@cache
def redis_client() -> "redis.Redis":
    return client(settings().redis_url.get_secret_value())
