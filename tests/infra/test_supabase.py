"""Supabase's SQL on a real Postgres whose pg_cron, pg_net and Vault only write down what they are asked."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from infra.functions import table
from infra.render import INFRA
from tests.servers import Server, start_postgres, stop

FOLDER = INFRA / "supabase"
URL, SECRET = "https://tick.example.org/tick", "a-secret-of-32-characters-at-least"

# Their signatures are those of pg_cron 1.6, pg_net 0.20 and Vault 0.3.
EXTENSIONS = {
    "pg_cron": """
        create schema cron;
        create table cron.job (jobid bigserial, jobname text unique, schedule text, command text);
        create table cron.job_run_details (jobid bigint, status text, start_time timestamptz, end_time timestamptz);
        create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as $$
          insert into cron.job (jobname, schedule, command) values ($1, $2, $3)
          on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command returning jobid
        $$;
    """,
    "pg_net": """
        create schema net;
        create table net.calls (
          id bigserial, url text, body jsonb, params jsonb, headers jsonb, timeout_milliseconds int
        );
        create table net._http_response (
          id bigint, status_code int, content_type text, headers jsonb, content text,
          timed_out boolean, error_msg text, created timestamptz default now()
        );
        create function net.http_post(
          url text, body jsonb default '{}', params jsonb default '{}',
          headers jsonb default '{"Content-Type": "application/json"}', timeout_milliseconds int default 1000
        ) returns bigint language sql as $$
          insert into net.calls (url, body, params, headers, timeout_milliseconds)
          values ($1, $2, $3, $4, $5) returning id
        $$;
    """,
    "supabase_vault": """
        create table vault.secrets (
          id uuid default gen_random_uuid(), name text unique, description text, secret text
        );
        create view vault.decrypted_secrets as
          select id, name, description, secret as decrypted_secret from vault.secrets;
        create function vault.create_secret(
          new_secret text, new_name text default null, new_description text default ''
        ) returns uuid language sql as $$
          insert into vault.secrets (secret, name, description) values ($1, $2, $3) returning id
        $$;
    """,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Postgres of its own that finds the three extensions by name, as on Supabase."""
    folder = tmp_path_factory.mktemp("extensions")
    (folder / "extension").mkdir()
    for name, script in EXTENSIONS.items():
        (folder / "extension" / f"{name}.control").write_text("default_version = '1'\nrelocatable = false\n")
        (folder / "extension" / f"{name}--1.sql").write_text(script)
    folder.chmod(0o755)  # Postgres runs as another user
    server = start_postgres(tmp_path_factory.mktemp("supabase") / "data", extension_control_path=f"{folder}:$system")
    yield server
    stop(server)


@pytest.fixture(scope="module")
def supabase(server: Server) -> Iterator[psycopg.Connection[Any]]:
    """The database after secrets.sql, and tick.sql twice."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("create schema vault")
        secrets = (FOLDER / "secrets.sql").read_text()
        connection.execute(secrets.replace(":'tick_url'", f"'{URL}'").replace(":'tick_secret'", f"'{SECRET}'"))
        for _ in range(2):
            connection.execute((FOLDER / "tick.sql").read_text())
        yield connection


def command(supabase: psycopg.Connection[Any], name: str) -> tuple[str, str]:
    row = supabase.execute("select schedule, command from cron.job where jobname = %s", [name]).fetchone()
    assert row
    return row


def test_each_schedule_exists_once(supabase: psycopg.Connection[Any]) -> None:
    names = [name for (name,) in supabase.execute("select jobname from cron.job order by 1")]
    assert names == ["tickwork-purge-cron", "tickwork-purge-net", "tickwork-tick"]
    assert command(supabase, "tickwork-tick")[0] == "5 seconds"


def test_what_is_scheduled_posts_to_the_tick_with_its_secret(supabase: psycopg.Connection[Any]) -> None:
    supabase.execute(command(supabase, "tickwork-tick")[1])
    call = supabase.execute("select url, headers, body, timeout_milliseconds from net.calls").fetchall()
    ((url, headers, body, timeout),) = call
    assert (url, body) == (URL, {})
    assert headers == {"Content-Type": "application/json", "Authorization": f"Bearer {SECRET}"}
    assert 1000 < timeout <= table()["tick"].timeout * 1000


def test_the_secret_stands_in_no_schedule(supabase: psycopg.Connection[Any]) -> None:
    commands = " ".join(text for (text,) in supabase.execute("select command from cron.job"))
    assert SECRET not in commands
    assert URL not in commands


def test_old_history_goes_and_new_stays(supabase: psycopg.Connection[Any]) -> None:
    supabase.execute("insert into cron.job_run_details (end_time) values (now()), (now() - interval '2 days')")
    supabase.execute("insert into net._http_response (created) values (now()), (now() - interval '2 hours')")
    for name in ("tickwork-purge-cron", "tickwork-purge-net"):
        supabase.execute(command(supabase, name)[1])
    for history in ("cron.job_run_details", "net._http_response"):
        assert supabase.execute(f"select count(*) from {history}").fetchone() == (1,)


def test_the_watch_tells_refusals_and_silence(supabase: psycopg.Connection[Any]) -> None:
    supabase.execute("truncate net._http_response")
    supabase.execute(
        "insert into net._http_response (status_code, timed_out, error_msg)"
        " values (200, false, null), (401, false, null), (401, false, null), (null, true, 'Timeout was reached')"
    )
    rows = supabase.execute((FOLDER / "watch.sql").read_text()).fetchall()
    assert sorted((code or 0, late, n) for code, late, _, n, _ in rows) == [
        (0, True, 1),
        (200, False, 1),
        (401, False, 2),
    ]
