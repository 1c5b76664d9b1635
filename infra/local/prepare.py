"""Between the start of the parts and the moment when they can be used."""

import time
from collections.abc import Callable
from typing import TypeVar

import httpx
import psycopg
import redis
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from infra.local.aws import furnish
from infra.local.plan import FILES
from infra.local.samples import create_samples
from tickwork.core.errors import Misconfigured
from tickwork.core.settings import Settings
from tickwork.stores.postgres.migrate import migrate

PATIENCE_SECONDS = 30
PAUSE_SECONDS = 0.1
FAIL_ON_PURPOSE = "sample jobs made; two of them fail on purpose, so a WARNING and two ERRORs about them are well"

T = TypeVar("T")


def prepare_stores(own: list[str], settings: Settings) -> None:
    """Wait for the stores, bring the tables up to date, furnish the local AWS. Misconfigured: Postgres stays away."""
    dsn = settings.database_url.get_secret_value()
    if "DATABASE_URL" not in own:
        print(f"waiting for Postgres at {place(dsn)} …")
    try:
        wait_for(lambda: psycopg.connect(dsn, connect_timeout=5).close(), psycopg.OperationalError)
    except psycopg.OperationalError as error:
        raise Misconfigured(f"Postgres cannot be reached by DATABASE_URL: {error}") from None
    for name in migrate(dsn):
        print(f"migrated: {name}")
    if "REDIS_URL" in own:
        wait_for(lambda: _ping(settings.redis_url.get_secret_value()), redis.RedisError)
    if "AWS_ENDPOINT_URL" in own:
        wait_for(lambda: httpx.get(settings.aws_endpoint_url, trust_env=False), httpx.TransportError)
        furnish(settings)


def place(dsn: str) -> str:
    """Host and port of a connection string, and nothing else of it."""
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        return "DATABASE_URL"
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}"


def welcome(gateway: str, own: list[str], settings: Settings) -> str:
    """Wait until the product is healthy, and make the sample jobs. Says what is wrong, if anything is."""
    signed = bearer(settings.api_key)
    with httpx.Client(base_url=gateway, timeout=PATIENCE_SECONDS, trust_env=False, headers=signed) as client:
        try:
            wait_for(lambda: client.get("/health").raise_for_status(), httpx.HTTPError)
            if "DATABASE_URL" in own and create_samples(client, gateway, FILES):
                print(FAIL_ON_PURPOSE)
        except httpx.HTTPStatusError as error:
            return f"Not ready: {error.request.url} answers {error.response.status_code} {error.response.text}"
        except httpx.HTTPError as error:
            return f"Not ready: {error.request.url} gives no answer ({type(error).__name__})"
    return ""


def bearer(secret: SecretStr) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret.get_secret_value()}"}


def wait_for(attempt: Callable[[], T], *errors: type[Exception]) -> T:
    """What `attempt` returns once it raises none of `errors`; the error itself when that takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return attempt()
        except errors:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)


def _ping(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.ping()
