"""Tables parted by time: on a filled table without losing a row, and everything works on as before."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal

import infra.partitions
from infra.partitions import Strangers, convert, keep
from tests.benchmarks.growth import FILL
from tests.integration.conftest import CACHED, HANDLERS, Api
from tests.integration.factory import insert_job
from tests.integration.test_plans import Explained, Explaining, plans
from tests.servers import make_database
from tickwork import app
from tickwork.auth.gate import gate
from tickwork.core.handler import handlers
from tickwork.core.job import Outcome
from tickwork.jobs import listing
from tickwork.stores.postgres.job_store import JobStore

ROWS = 5_000
SUMS = "select count(*), sum(hashtext(jobs::text)) from tickwork.jobs"
COUNTS = "select type, status, sum(n) from tickwork.job_counts group by 1, 2 having sum(n) <> 0 order by 1, 2"
COUNTED = "select type, status, count(*) from tickwork.jobs group by 1, 2 order by 1, 2"
LIFE = timedelta(days=30)


@pytest.fixture(scope="module")
def parted(servers, worker):
    """A filled database, whose tables were parted; and what was in it before."""
    dsn = make_database(servers.dsn, f"parted_{worker}")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(FILL, {"rows": ROWS, "first": 0, "last": ROWS - 1})
        before = connection.execute(SUMS).fetchone(), shape(connection)
        assert convert(dsn)
        assert not convert(dsn), "twice does no harm"
        yield dsn, before


@pytest.fixture
def sql(parted):
    with psycopg.connect(parted[0], autocommit=True) as connection:
        yield connection


@pytest.fixture
def api(apps, parted, valkey, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", parted[0])
    monkeypatch.setenv("REDIS_URL", valkey)
    monkeypatch.setenv("API_KEY", "an-admins-key-of-the-tests-0001")
    for name, handler in HANDLERS.items():
        monkeypatch.setitem(handlers(), name, handler)
    for part in CACHED:
        part.cache_clear()
    yield Api(apps)
    app.database().close()
    for part in (*CACHED, gate):
        part.cache_clear()


def shape(connection):
    """Columns, rights, policies and indexes of both tables, as far as others see them."""
    return [
        connection.execute(query).fetchall()
        for query in (
            "select table_name, column_name, data_type, column_default, is_nullable, generation_expression"
            " from information_schema.columns where table_schema = 'tickwork'"
            " and table_name in ('jobs', 'job_attempts') order by 1, 2",
            "select relname, a.grantee::regrole::text, a.privilege_type from pg_class, aclexplode(relacl) a"
            " where relnamespace = 'tickwork'::regnamespace and relname in ('jobs', 'job_attempts') order by 1, 2, 3",
            "select tablename, policyname, roles, qual, with_check from pg_policies"
            " where tablename in ('jobs', 'job_attempts') order by 1, 2",
            "select tablename, indexname, replace(indexdef, ' ONLY ', ' ') from pg_indexes"
            " where tablename in ('jobs', 'job_attempts') order by 1, 2",
            "select a.grantee::regrole::text from pg_proc, aclexplode(proacl) a where proname = 'running' order by 1",
            "select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint where contype in ('c', 'p')"
            " and conrelid in ('tickwork.jobs'::regclass, 'tickwork.job_attempts'::regclass) order by 1, 2",
        )
    ]


def partitions(connection, parent="jobs"):
    rows = connection.execute(
        "select relname from pg_inherits join pg_class on pg_class.oid = inhrelid"
        " where inhparent = %s::regclass order by 1", [f"tickwork.{parent}"],
    )  # fmt: skip
    return [name for (name,) in rows]


def test_no_row_is_lost_and_the_tables_look_the_same(parted, sql):
    _, (rows, looks) = parted
    assert sql.execute(SUMS).fetchone() == rows
    assert shape(sql) == looks
    assert "job_attempts_before" in partitions(sql, "job_attempts")


def test_every_partition_is_made_as_the_table_was(sql):
    without = "select relname from pg_class where relnamespace = 'tickwork'::regnamespace and relkind in ('r', 'p')"
    assert sql.execute(without + " and not relrowsecurity").fetchall() == []
    names = partitions(sql)
    assert len(names) >= 8
    filled = "select relname from pg_class where relname = any(%s) and 'fillfactor=45' = any(reloptions) order by 1"
    assert [name for (name,) in sql.execute(filled, [names]).fetchall()] == names
    indexes = sql.execute("select count(*) from pg_index where indrelid = 'tickwork.jobs'::regclass").fetchone()
    for name in names:
        count = "select count(*) from pg_index where indrelid = ('tickwork.' || %s)::regclass and indisvalid"
        assert sql.execute(count, [name]).fetchone() == indexes, name
    strangers = "select has_table_privilege('tickwork_app', ('tickwork.' || %s)::regclass, 'select')"
    assert not any(sql.execute(strangers, [name]).fetchone()[0] for name in names)


def test_a_jobs_whole_life(api, sql):
    api.tick()
    job, failing, later = api.create(), api.create("fails"), api.create(delay_seconds=3600)
    assert api("POST", "/jobs", json=[{"type": "ok", "payload": {}}] * 20).status_code == 201
    done = api.tick()
    assert (done["completed"], done["retried"], done["degraded"]) == (21, 1, [])
    assert api.job(job["id"])["status"] == "completed"
    assert [attempt["outcome"] for attempt in api.job(failing["id"])["attempts"]] == ["retry"]
    assert api("PUT", f"/jobs/{later['id']}/cancel").json["status"] == "cancelled"
    assert api("PUT", f"/jobs/{later['id']}/retry").json["status"] == "pending"
    assert api.tick()["completed"] == 1
    assert {item["id"] for item in api("GET", "/jobs?status=completed&limit=50").json["items"]} >= {later["id"]}
    assert sql.execute(COUNTS).fetchall() == sql.execute(COUNTED).fetchall()


@pytest.mark.parametrize("role", ["tickwork_app", "tickwork_tick", "tickwork_dashboard"])
def test_roles_reach_the_whole(sql, parted, role):
    with psycopg.connect(parted[0], options=f"-c role={role}", autocommit=True) as connection:
        assert connection.execute("select count(*) > 0 from tickwork.jobs").fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select from tickwork.jobs_before")


@pytest.fixture
def explained(parted):
    with psycopg.connect(parted[0], autocommit=True, prepare_threshold=None) as connection:
        ids = [insert_job(connection) for _ in range(50)]
        connection.execute("vacuum analyze")
        connection.cursor_factory = Explaining
        plans.clear()
        with connection.transaction(force_rollback=True):
            yield JobStore(Explained(connection)), ids


def tables():
    return {
        scan["Relation Name"]
        for plan in plans
        for scan in plan.nodes
        if scan.get("Actual Loops") and "Relation Name" in scan
    }


def test_ids_lead_to_their_partition_alone(explained):
    store, ids = explained
    store.find(ids)
    store.attempts(ids[0])
    store.standing(ids)
    assert tables() == {"jobs_before", "job_attempts_before"}


def test_claims_and_outcomes_read_by_the_key(explained):
    store, ids = explained
    claimed = store.claim(ids, 30)
    store.renew([(job.id, job.attempt, None) for job in claimed], 30)
    done = store.settle([Outcome(job.id, job.attempt, "completed", None, None, None, 0.0) for job in claimed])
    assert len(done.ended) == len(ids)
    kinds = {scan["Node Type"] for plan in plans for scan in plan.scans("jobs_before")}
    assert kinds <= {"Index Scan", "Bitmap Heap Scan"}, kinds


def test_lists_and_what_is_due_are_found_by_an_index(explained):
    store, _ = explained
    for query in ({}, {"status": "completed"}, {"status": "pending", "sort": "scheduled_at"}):
        listing.list_jobs(store, listing.QUERY.validate_python(query | {"limit": 50}))
    store.find_due(100)
    for _ in store.due_soon(60):
        pass
    kinds = {scan["Node Type"] for plan in plans for scan in plan.scans("jobs_before")}
    assert "Seq Scan" not in kinds


def test_new_partitions_are_there_before_their_time(parted, sql):
    days_ahead = sql.execute("select newest - now() from tickwork.partitions_until").fetchone()[0]
    assert days_ahead >= timedelta(days=6), "or 7, unless a day has begun since they were made"
    assert keep(parted[0])[0] == (days_ahead < timedelta(days=7))
    assert keep(parted[0]) == (0, [])
    made, _ = keep(parted[0], ahead=timedelta(days=12))
    assert made == 5
    assert len(partitions(sql)) == len(partitions(sql, "job_attempts"))


def test_a_day_has_24_hours_whatever_the_zone_of_the_session(sql):
    """In Berlin's night of 30 March 2031 clocks are put forward."""
    with sql.transaction(force_rollback=True):
        sql.execute("set local timezone to 'Europe/Berlin'")
        sql.execute("update tickwork.partitions_until set newest = '2031-03-29 00:00Z'")
        made = sql.execute("select tickwork.make_partitions('2031-04-02 00:00Z' - now())").fetchone()
        newest = sql.execute("select newest from tickwork.partitions_until").fetchone()
    assert (made, newest) == ((4,), (datetime(2031, 4, 2, tzinfo=UTC),))


def test_strangers_are_kept_and_move_to_their_partition(parted, sql):
    far = datetime.now(UTC) + timedelta(days=20)
    id = sql.execute("select tickwork.id_at(%s)", [far]).fetchone()[0]
    where = "select tableoid::regclass::text, count(*) over () from tickwork.jobs where id = %s"
    insert_job(sql, id=id)
    assert sql.execute(where, [id]).fetchone() == ("tickwork.jobs_default", 1)
    keep(parted[0], ahead=timedelta(days=22))
    assert sql.execute(where, [id]).fetchone() == (f"tickwork.jobs_{far:%Y%m%d}", 1)


def test_what_is_past_is_dropped_with_its_attempts_and_the_counts_follow(parted, sql):
    dsn, _ = parted
    assert keep(dsn, kept=LIFE)[1] == [], "what is not past stays"
    assert "jobs_before" in partitions(sql)
    past(sql)
    assert keep(dsn, kept=LIFE)[1] == [], "there are open jobs in it, and some that ended lately"
    sql.execute(
        "update tickwork.jobs set status = 'completed', completed_at = now(), lease_expires_at = null"
        " where id < %s and status in ('pending', 'in_progress')", [cutoff(sql)],
    )  # fmt: skip
    sql.execute("select tickwork.recount()")  # a change by hand counts nothing
    assert keep(dsn, kept=LIFE)[1] == []
    sql.execute("update tickwork.jobs set updated_at = now() - interval '40 days' where id < %s", [cutoff(sql)])
    assert keep(dsn, kept=LIFE)[1] == ["jobs_before"]
    assert "job_attempts_before" not in partitions(sql, "job_attempts")
    assert sql.execute(COUNTS).fetchall() == sql.execute(COUNTED).fetchall()


def cutoff(sql):
    return sql.execute(
        "select min((regexp_match(pg_get_expr(relpartbound, oid), 'FROM \\(''([0-9a-f-]+)''\\)'))[1]) from pg_class"
        " where relname like 'jobs\\_2%'"
    ).fetchone()[0]


def past(sql):
    """As if the first partition had ended in the past."""
    sql.execute(
        "create or replace function tickwork.is_past(part text) returns boolean language sql"
        " return part = 'jobs_before'"
    )


def test_a_long_transaction_is_not_waited_for(servers, worker):
    dsn = make_database(servers.dsn, f"parted_late_{worker}")
    with psycopg.connect(dsn) as holder:
        holder.execute("insert into tickwork.jobs (id, type) values (gen_random_uuid(), 'x')")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            convert(dsn)
        holder.rollback()
    assert convert(dsn)


CHECKS = "select conrelid::regclass::text from pg_constraint where conname like '%\\_before'"


def test_a_convert_that_is_held_up_between_both_tables_changes_nothing(servers, worker):
    dsn = make_database(servers.dsn, f"parted_held_{worker}")
    with psycopg.connect(dsn) as holder, psycopg.connect(dsn, autocommit=True) as other:
        holder.execute("select from tickwork.job_attempts")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            convert(dsn)
        assert other.execute(CHECKS).fetchall() == []


def test_a_table_with_strangers_is_refused_and_never_gets_a_check(servers, worker, monkeypatch):
    dsn = make_database(servers.dsn, f"parted_strange_{worker}")
    with psycopg.connect(dsn, autocommit=True) as connection:
        id = insert_job(connection, id="f0000000-0000-4000-8000-000000000000")
        monkeypatch.setattr(infra.partitions, "_promise", None)  # would be a TypeError
        with pytest.raises(Strangers, match=str(id)):
            convert(dsn)
        assert connection.execute(CHECKS).fetchall() == []


def test_checks_are_taken_back_once_the_tables_are_let_go(servers, worker, monkeypatch):
    dsn = make_database(servers.dsn, f"parted_back_{worker}")
    with psycopg.connect(dsn) as holder, psycopg.connect(dsn, autocommit=True) as other:

        def interrupt(*_):
            holder.execute("select from tickwork.jobs, tickwork.job_attempts")
            raise KeyboardInterrupt

        monkeypatch.setattr(infra.partitions, "sleep", lambda _: holder.rollback())
        monkeypatch.setattr(infra.partitions, "_parted", interrupt)
        with pytest.raises(KeyboardInterrupt):
            convert(dsn)
        assert other.execute(CHECKS).fetchall() == []


def test_checks_are_taken_back_once_postgres_is_there_again(servers, worker, monkeypatch):
    name = f"parted_away_{worker}"
    dsn, told = make_database(servers.dsn, name), StringIO()
    with psycopg.connect(servers.dsn, autocommit=True) as other:

        def allow_connections(allowed):
            other.execute(SQL("alter database {} with allow_connections {}").format(Identifier(name), Literal(allowed)))

        def lose(connection, *_):
            allow_connections(False)
            other.execute("select pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
            connection.execute("select")

        monkeypatch.setattr(infra.partitions, "stderr", told)
        monkeypatch.setattr(infra.partitions, "sleep", lambda _: allow_connections(True))
        monkeypatch.setattr(infra.partitions, "_parted", lose)
        with pytest.raises(psycopg.OperationalError, match="terminating"):
            convert(dsn)
    with psycopg.connect(dsn) as connection:
        assert connection.execute(CHECKS).fetchall() == []
    assert "run it again: connection failed" in told.getvalue()


def test_what_a_run_that_died_left_behind_does_no_harm(servers, worker):
    dsn = make_database(servers.dsn, f"parted_died_{worker}")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "alter table tickwork.jobs add constraint jobs_before check (id < '01900000-0000-0000-0000-000000000000')"
        )
        assert convert(dsn)
        assert connection.execute(CHECKS).fetchall() == []
