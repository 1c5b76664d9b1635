"""Addresses of stores: what is none is told by its variable's name, before anybody tries it, and never repeated."""

import pytest

from tickwork.core.errors import Misconfigured
from tickwork.core.settings import load_settings

GOOD = {"DATABASE_URL": "postgresql://ada@db/x", "REDIS_URL": "redis://cache"}


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("DATABASE_URL", "secret"),
        ("DATABASE_URL", "https://ada:secret@db/x"),
        ("DATABASE_URL", "postgresql://ada:secret@[db/x"),
        ("DATABASE_URL", "postgresql://ada:%secret@db/x"),
        ("DATABASE_URL", "host=db passwort=secret"),
        ("REDIS_URL", "secret:6379"),
        ("REDIS_URL", "https://:secret@cache"),
        ("REDIS_URL", "redis://:secret@["),
        ("REDIS_URL", "redis://:secret@cache:port"),
        ("REDIS_URL", "redis://:secret@cache:65536"),
        ("REDIS_URL", "redis://:secret/1@cache"),
        ("REDIS_URL", "redis+cluster://:secret@cache:port"),
    ],
)
def test_an_address_that_is_none_is_named_and_not_repeated(name: str, address: str) -> None:
    with pytest.raises(Misconfigured, match=f"^{name}: must be ") as told:
        load_settings(GOOD | {name: address})
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("DATABASE_URL", "postgresql://"),
        ("DATABASE_URL", "host=/run/postgresql dbname=x"),
        ("DATABASE_URL", "postgres://ada:p%40ss@one:5432,two:5433/x?target_session_attrs=read-write"),
        ("REDIS_URL", "rediss://ada:p%40ss@cache:6380/1"),
        ("REDIS_URL", "redis+cluster://cache:7000"),
        ("REDIS_URL", "redis://[::1]:6379"),
        ("REDIS_URL", "unix:///run/valkey.sock?db=1"),
    ],
)
def test_every_form_of_an_address_is_taken(name: str, address: str) -> None:
    assert getattr(load_settings(GOOD | {name: address}), name.lower()).get_secret_value() == address
