"""The test servers themselves: empty for every test, and gone when their owner is."""

import psycopg
import pytest
import redis

from tests.conftest import Shared
from tests.pooler import WANTED


@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_gets_empty_stores(sql: psycopg.Connection, valkey: str, time: str) -> None:
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (0,)
    sql.execute("insert into tickwork.jobs (id, type) values (gen_random_uuid(), 'email')")
    with redis.Redis.from_url(valkey) as client:
        assert client.dbsize() == 0
        client.set("left over", time)


def test_postgres_is_of_a_version_that_is_promised(servers: Shared) -> None:
    with psycopg.connect(servers.dsn) as connection:
        assert 150_000 <= connection.info.server_version < 190_000
        assert connection.execute("select lower('ÄÉ')").fetchone() == ("äé",)


@pytest.mark.skipif(not WANTED, reason="only with TEST_POOLER=1")
def test_tickwork_comes_through_the_pooler_that_was_asked_for(wired, dsn: str) -> None:
    with wired.database().connection() as connection:
        assert connection.info.port != psycopg.conninfo.conninfo_to_dict(dsn).get("port", 5432)
