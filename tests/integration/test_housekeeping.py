"""Reconcile in pages, prune by age, folding of statistics, and a Postgres that goes away between take and claim."""

import psycopg
import pytest

from tests.integration.factory import insert_job
from tickwork.core.errors import Unavailable
from tickwork.engine.maintenance import index_due_soon, index_everything, prune
from tickwork.stores.redis.due_index import DueIndex


def test_reconcile_finds_exactly_what_is_missing(wired, sql, raw, monkeypatch):
    monkeypatch.setattr("tickwork.stores.postgres.job_store.PAGE", 2)
    soon = [insert_job(sql, due_in=place) for place in range(5)]
    running = insert_job(sql, "in_progress")
    far = insert_job(sql, due_in=86_400)
    for status in ("completed", "failed", "cancelled"):
        insert_job(sql, status)
    assert index_due_soon(wired.store(), wired.index(), 60) == 6
    assert index_due_soon(wired.store(), wired.index(), 60) == 0
    assert index_everything(wired.store(), wired.index()) == 1
    assert set(raw.zrange(wired.index().shards[0].scheduled, 0, -1)) == {id.bytes for id in [*soon, far]}
    assert raw.zrange(wired.index().shards[0].leased, 0, -1) == [running.bytes]


def test_a_job_moved_while_the_index_is_compared_with_the_table_is_not_late(api, wired, sql):
    """The comparison has read where the job was before, and tells the index after the caller did."""
    api.tick()  # the first finds a new index, and would mend it
    job = api.create(delay_seconds=3600)
    pages = list(wired.store().unfinished())
    api("PATCH", f"/jobs/{job['id']}", json={"delay_seconds": 0})
    for page in pages:
        wired.index().index_missing(page)
    api.tick()
    assert api.job(job["id"])["status"] == "completed"


def test_a_new_index_is_filled_by_a_tick_that_stays_into_the_next_reconcile(api, wired, sql, raw, monkeypatch):
    far, take, told = insert_job(sql, due_in=86_400), DueIndex.take, iter([2, 1])
    insert_job(sql)
    monkeypatch.setattr(DueIndex, "take", lambda *args: take(*args)._replace(reconcile=next(told, 0)))
    api.tick()
    assert raw.zscore(wired.index().shards[0].scheduled, far.bytes)


def test_prune_forgets_keys_and_audit_bite_by_bite(wired, sql, monkeypatch):
    monkeypatch.setattr("tickwork.engine.maintenance.PRUNE_BITE", 2)
    monkeypatch.setattr("tickwork.engine.maintenance.PRUNE_SECONDS", 60.0)
    sql.execute(
        "insert into tickwork.idempotency_keys select n::text, '', '{}', now() - interval '2 days'"
        " from generate_series(1, 5) n"
    )
    sql.execute("insert into tickwork.idempotency_keys values ('new', '', '{}')")
    sql.execute(
        "insert into tickwork.audit (at, actor, via, action, request_id)"
        " select now() - interval '2 years', '', '', '', '' from generate_series(1, 5)"
    )
    bites = []
    prune_keys = wired.store().prune_keys
    monkeypatch.setattr(wired.store(), "prune_keys", lambda *args: bites.append(prune_keys(*args)) or bites[-1])
    prune(wired.store(), wired.settings())
    assert bites == [2, 2, 1], "one statement for all that is old might never end in time"
    assert sql.execute("select key from tickwork.idempotency_keys").fetchall() == [("new",)]
    assert sql.execute("select count(*) from tickwork.audit").fetchone() == (0,)


def test_prune_takes_what_is_old_and_final_with_its_history(wired, sql, api):
    old = {status: insert_job(sql, status) for status in ("pending", "in_progress", "completed", "failed", "cancelled")}
    fresh = insert_job(sql, "completed")
    sql.execute(
        "insert into tickwork.job_attempts select id, 1, now(), now(), 'completed'"
        " from tickwork.jobs where status = 'completed'"
    )
    sql.execute("update tickwork.jobs set updated_at = now() - interval '10 days' where id <> %s", [fresh])
    assert prune(wired.store(), wired.settings()) == 1
    sql.execute("update tickwork.jobs set updated_at = now() - interval '40 days' where id <> %s", [fresh])
    assert prune(wired.store(), wired.settings()) == 2
    left = {id for (id,) in sql.execute("select id from tickwork.jobs").fetchall()}
    assert left == {old["pending"], old["in_progress"], fresh}
    assert [id for (id,) in sql.execute("select job_id from tickwork.job_attempts").fetchall()] == [fresh]
    assert api("GET", "/jobs/stats").json["counts"]["completed"] == 1


def test_prune_does_not_wait_for_rows_that_are_held(wired, sql, database):
    held = insert_job(sql, "completed")
    insert_job(sql, "completed")
    sql.execute("update tickwork.jobs set updated_at = now() - interval '10 days'")
    with psycopg.connect(database) as other:
        other.execute("select from tickwork.jobs where id = %s for update", [held])
        assert prune(wired.store(), wired.settings()) == 1


def test_throughput_is_folded_without_changing_what_it_says(wired, sql, api):
    for _ in range(3):
        api.create()
        api.tick()
    sql.execute("update tickwork.job_throughput set minute = minute - interval '5 hours'")
    before = api("GET", "/jobs/stats?range=24h").json
    wired.store().fold()
    assert api("GET", "/jobs/stats?range=24h").json["run_ms"] == before["run_ms"]
    assert sql.execute("select distinct date_part('minute', minute) from tickwork.job_throughput").fetchall() == [(0,)]
    sums = sql.execute("select event, sum(n) from tickwork.job_throughput group by event order by event").fetchall()
    assert sums == [("completed", 3), ("started", 3)]
    sql.execute("update tickwork.job_throughput set minute = minute - interval '40 days'")
    wired.store().fold()
    assert sql.execute("select count(*) from tickwork.job_throughput").fetchone() == (0,)


COUNTS = "select type, status, sum(n)::int from tickwork.job_counts group by 1, 2 having sum(n) <> 0 order by 1, 2"
JOBS = "select type, status, count(*)::int from tickwork.jobs group by 1, 2 order by 1, 2"


def test_recount_is_right_and_holds_no_work_up(api, wired, sql, database):
    by_hand = [insert_job(sql, "failed", type="gone") for _ in range(3)]
    sql.execute("update tickwork.jobs set status = 'cancelled' where id = %s", [by_hand[0]])
    with psycopg.connect(database) as recounting:
        recounting.execute("select tickwork.recount()")  # and does not commit yet
        for type in ("ok", "fails"):
            api.create(type)
        assert api.tick()["completed"] == 1
        wired.store().fold()
        sql.execute("set lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            sql.execute("select tickwork.recount()")  # a second one would add the same once more
    assert sql.execute(COUNTS).fetchall() == sql.execute(JOBS).fetchall()
    sql.execute("select tickwork.recount()")
    assert sql.execute(COUNTS).fetchall() == sql.execute(JOBS).fetchall()


@pytest.mark.parametrize("level", [psycopg.IsolationLevel.REPEATABLE_READ, psycopg.IsolationLevel.SERIALIZABLE])
def test_recount_refuses_to_see_less_than_its_lock_holds(database, level):
    with psycopg.connect(database) as connection:
        connection.isolation_level = level
        with pytest.raises(psycopg.errors.RaiseException, match="needs read committed"):
            connection.execute("select tickwork.recount()")


def test_postgres_away_between_take_and_claim_costs_no_lease(api, wired, raw, monkeypatch):
    jobs = [api.create(priority=priority) for priority in (1, 2)]

    def away(*_):
        raise Unavailable("Postgres does not answer")

    with monkeypatch.context() as outage:
        outage.setattr(wired.store(), "claim", away)
        answer = api("POST", "/tick")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert raw.zcard(wired.index().shards[0].ready) == 2
    assert api.tick()["completed"] == 2
    assert {api.job(job["id"])["status"] for job in jobs} == {"completed"}


def test_a_settle_whose_answer_was_lost_is_not_done_again(api, wired, raw, monkeypatch):
    """The commit went through, the connection died before the answer: the retry is refused, the job done once."""
    job = api.create()
    settle, calls = wired.store().settle, []

    def cut_off(outcomes):
        calls.append(outcomes)
        rows = settle(outcomes)
        if len(calls) == 1:
            raise Unavailable("Postgres closed the connection")
        return rows

    monkeypatch.setattr(wired.store(), "settle", cut_off)
    assert api.tick()["refused"] == 1
    assert len(calls) == 2
    assert len(api.job(job["id"])["attempts"]) == 1
    assert raw.zcard(wired.index().shards[0].leased) == 0
