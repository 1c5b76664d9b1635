"""Migrations: applied once each, in order, also by two at once; together they make the checked-in schema."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from infra.schema import SCHEMA, dump
from tickwork.stores.postgres.migrate import migrate, migrations


@pytest.fixture
def empty(dsn):
    """The DSN of a new database without our schema."""
    name = "empty_" + psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name}")
        connection.execute(f"create database {name}")
    yield psycopg.conninfo.make_conninfo(dsn, dbname=name)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def test_two_at_once_apply_each_migration_once(empty):
    with ThreadPoolExecutor(2) as pool:
        applied = [name for names in pool.map(migrate, [empty, empty]) for name in names]
    assert sorted(applied) == [path.name for _, path in migrations()]
    assert migrate(empty) == []


def test_numbers_are_unique_and_without_gaps():
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_failing_migration_leaves_nothing_behind(empty, monkeypatch, tmp_path):
    (tmp_path / "0001_good.sql").write_text("create table tickwork.good (n int)")
    (tmp_path / "0002_bad.sql").write_text("create table tickwork.half (n int); select 1 / 0")
    monkeypatch.setattr("tickwork.stores.postgres.migrate.MIGRATIONS", tmp_path)
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty)
    with psycopg.connect(empty) as connection:
        tables = connection.execute(
            "select tablename from pg_tables where schemaname = 'tickwork' order by 1"
        ).fetchall()
        assert [table for (table,) in tables] == ["good", "migrations"]
        assert connection.execute("select name from tickwork.migrations").fetchall() == [("0001_good.sql",)]


@pytest.mark.parametrize("call", ["GET /jobs", "GET /metrics", "GET /keys", "POST /jobs", "POST /tick"])
def test_a_database_that_is_not_migrated_says_what_to_do(api, empty, monkeypatch, call):
    monkeypatch.setenv("DATABASE_URL", empty)
    answer = api(*call.split(), json={"type": "ok"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.json["detail"] == "the database is not migrated: run `tickwork migrate`"


def test_migrations_make_the_checked_in_schema(empty):
    migrate(empty)
    with psycopg.connect(empty) as connection:
        if connection.info.server_version < 180000:
            return  # other versions spell the same schema otherwise
    assert dump(empty) == SCHEMA.read_text(), "run: python -m infra.schema DSN"
