"""Postgres roles: each function's role suffices for it and for no more, and Supabase's own roles see nothing."""

import json
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import sql as composed

from tests.integration.test_migrations import empty  # noqa: F401 (fixture)
from tickwork.auth.gate import gate
from tickwork.stores.postgres.migrate import migrate, migrations

STRANGERS = ("anon", "authenticated", "service_role")
TABLES = "select tablename from pg_tables where schemaname = 'tickwork' order by 1"


@pytest.fixture
def strangers(sql):
    """Supabase's roles as a project has them: service_role passes by row level security."""
    for role in STRANGERS:
        if not sql.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
            passing = " bypassrls" if role == "service_role" else ""
            sql.execute(f"create role {role} nologin{passing}")
    return STRANGERS


def acting_as(dsn: str, role: str) -> str:
    return psycopg.conninfo.make_conninfo(dsn, options=f"-c role={role}")


@pytest.fixture
def as_role(api, wired, database, monkeypatch):
    """Makes the functions connect as a role."""

    def choose(role: str) -> None:
        if wired.database.cache_info().currsize:
            wired.database().close()
        monkeypatch.setenv("DATABASE_URL", acting_as(database, role) if role else database)
        for part in (wired.settings, wired.database, wired.store, wired.keys, wired.runner, gate):
            part.cache_clear()

    return choose


def test_every_table_has_row_level_security(sql):
    without = sql.execute(
        "select relname from pg_class where relnamespace = 'tickwork'::regnamespace and relkind in ('r', 'p')"
        " and not relrowsecurity"
    ).fetchall()
    assert without == []


def test_every_policy_is_for_a_role_of_ours(sql):
    rows = sql.execute("select roles from pg_policies where schemaname = 'tickwork'").fetchall()
    assert len(rows) > 20
    assert all(role.startswith("tickwork_") for (roles,) in rows for role in roles)


@pytest.mark.parametrize("stranger", [*STRANGERS, "public"])
def test_strangers_may_nothing(sql, strangers, stranger):
    has = "select has_schema_privilege(%s, 'tickwork', 'usage'), has_schema_privilege(%s, 'tickwork', 'create')"
    assert sql.execute(has, [stranger, stranger]).fetchone() == (False, False)
    for (table,) in sql.execute(TABLES).fetchall():
        for right in ("select", "insert", "update", "delete", "truncate", "references", "trigger"):
            answer = sql.execute("select has_table_privilege(%s, %s, %s)", [stranger, f"tickwork.{table}", right])
            assert answer.fetchone() == (False,), (stranger, table, right)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers_read_nothing(api, sql, database, strangers, stranger):
    api.create()
    with psycopg.connect(acting_as(database, stranger), autocommit=True) as connection:
        for (table,) in sql.execute(TABLES).fetchall():
            query = composed.SQL("select * from tickwork.{}").format(composed.Identifier(table))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(query)


def test_even_with_rights_given_by_mistake_anon_sees_no_row(api, sql, database, strangers):
    api.create()
    try:
        sql.execute("grant usage on schema tickwork to anon; grant select on all tables in schema tickwork to anon")
        with psycopg.connect(acting_as(database, "anon"), autocommit=True) as connection:
            for (table,) in sql.execute(TABLES).fetchall():
                query = composed.SQL("select count(*) from tickwork.{}").format(composed.Identifier(table))
                assert connection.execute(query).fetchone() == (0,), table
    finally:
        sql.execute("revoke all on all tables in schema tickwork from anon; revoke all on schema tickwork from anon")


def test_each_functions_role_suffices_for_it(api, as_role):
    as_role("tickwork_app")
    job, failing, again = api.create(), api.create("permanent"), api.create()
    key = {"Idempotency-Key": "k"}
    for _ in range(2):
        assert api("POST", "/jobs", json={"type": "ok"}, headers=key).status_code in (200, 201)
    assert api("PATCH", f"/jobs/{job['id']}", json={"priority": 3}).status_code == 200
    assert api("PUT", f"/jobs/{again['id']}/cancel").status_code == 200
    made = api("POST", "/keys", json={"name": "x", "role": "viewer"})
    assert made.status_code == 201, made.text
    assert api("DELETE", f"/keys/{made.json['id']}").status_code == 204

    as_role("tickwork_tick")
    report = api.tick()
    assert (report["completed"], report["failed"], report["degraded"]) == (2, 1, [])
    assert api("POST", "/run", json={"ids": [job["id"]]}).status_code == 200

    as_role("tickwork_app")
    assert api("PUT", f"/jobs/{failing['id']}/retry").status_code == 200
    assert api("PUT", "/jobs/cancel", json={"filter": {"type": ["permanent"]}}).json["changed"] == 1
    assert api("PUT", "/jobs/retry", json={"filter": {"status": ["cancelled"]}}).json["changed"] == 2

    as_role("tickwork_dashboard")
    for path in ("/jobs", "/jobs/count", "/jobs/stats", f"/jobs/{job['id']}", "/health", "/keys", "/audit", "/metrics"):
        assert api("GET", path).status_code == 200, path


def test_a_stored_key_is_known_under_every_role(api, apps, as_role, sql):
    from tests.integration.conftest import Api

    key = api("POST", "/keys", json={"name": "x", "role": "admin"}).json["key"]
    for role in ("tickwork_app", "tickwork_tick", "tickwork_dashboard"):
        as_role(role)
        sql.execute("update tickwork.api_keys set last_used_at = null")
        assert Api(apps, key)("GET", "/me").status_code == 200
        assert sql.execute("select last_used_at is not null from tickwork.api_keys").fetchone() == (True,)


def test_a_tick_keeps_house_under_its_role(api, as_role, sql, wired, monkeypatch):
    from tickwork.engine import maintenance

    api.create()
    as_role("tickwork_tick")
    api.tick()
    sql.execute("update tickwork.jobs set updated_at = updated_at - interval '100 days'")
    sql.execute("insert into tickwork.idempotency_keys values ('k', '', '{}', now() - interval '9 days')")
    for role in ("tickwork_tick", "tickwork_pruner"):
        as_role(role)
        maintenance.prune(wired.store(), wired.settings())
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (0,)


FORBIDDEN = {
    "tickwork_app": ["delete from tickwork.jobs", "delete from tickwork.audit", "select * from tickwork.audit",
                     "update tickwork.audit set actor = 'x'", "create table tickwork.x (n int)"],
    "tickwork_dashboard": ["delete from tickwork.jobs", "update tickwork.jobs set priority = 1",
                           "insert into tickwork.api_keys select * from tickwork.api_keys",
                           "update tickwork.api_keys set role = 'admin'", "create table tickwork.x (n int)"],
    "tickwork_tick": ["insert into tickwork.jobs (id, type) values (gen_random_uuid(), 'x')",
                      "update tickwork.api_keys set role = 'admin'", "update tickwork.audit set actor = 'x'",
                      "insert into tickwork.audit (actor, via, action, request_id) values ('x', 'x', 'x', 'x')",
                      "create table tickwork.x (n int)"],
    "tickwork_pruner": ["insert into tickwork.jobs (id, type) values (gen_random_uuid(), 'x')",
                        "select * from tickwork.api_keys"],
}  # fmt: skip


@pytest.mark.parametrize(("role", "statement"), [(role, text) for role in FORBIDDEN for text in FORBIDDEN[role]])
def test_what_a_role_does_not_need_it_may_not(sql, database, role, statement):
    with (
        psycopg.connect(acting_as(database, role), autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_a_user_who_may_make_no_roles_can_migrate_and_work(empty, dsn):  # noqa: F811
    name = "plain_" + psycopg.conninfo.conninfo_to_dict(empty)["dbname"]
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute(composed.SQL("create role {} nologin").format(composed.Identifier(name)))
        connection.execute(
            composed.SQL("grant create on database {} to {}").format(
                composed.Identifier(psycopg.conninfo.conninfo_to_dict(empty)["dbname"]), composed.Identifier(name)
            )
        )
    try:
        plain = acting_as(empty, name)
        assert len(migrate(plain)) == len(migrations())
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute("insert into tickwork.jobs (id, type) values (gen_random_uuid(), 'x')")
            assert connection.execute("select count(*) from tickwork.jobs").fetchone() == (1,)
    finally:
        with psycopg.connect(empty, autocommit=True) as connection:
            connection.execute(composed.SQL("drop owned by {0}; drop role {0}").format(composed.Identifier(name)))


def test_many_databases_of_one_server_migrate_at_once(dsn):
    names = [f"{psycopg.conninfo.conninfo_to_dict(dsn)['dbname']}_at_once_{n}" for n in range(3)]
    with psycopg.connect(dsn, autocommit=True) as connection:
        for name in names:
            connection.execute(f"create database {name}")
        try:
            with ThreadPoolExecutor(3) as pool:
                done = list(pool.map(lambda name: migrate(psycopg.conninfo.make_conninfo(dsn, dbname=name)), names))
            assert {len(applied) for applied in done} == {len(migrations())}
        finally:
            for name in names:
                connection.execute(f"drop database {name} with (force)")


def test_rights_are_in_the_readable_schema():
    from infra.schema import SCHEMA

    assert json.dumps(SCHEMA.read_text()).count("ENABLE ROW LEVEL SECURITY") > 8
