"""What ticks cost while nothing is due, by the servers' own counters; and what house-keeping holds up."""

import psycopg
import redis

from tests.chaos.measure import fill_quickly
from tests.integration.factory import insert_job
from tickwork.engine.maintenance import index_everything, prune

TICKS = 100
STATEMENTS = "select coalesce(sum(calls), 0) from pg_stat_statements where query not like '%%pg_stat_statements%%'"


def calls(raw: redis.Redis) -> dict[str, int]:
    return {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in raw.info("commandstats").items()}


def test_a_hundred_idle_ticks_are_a_hundred_script_calls_and_no_sql(owned, own):
    """RECONCILE_SECONDS is 60 unless set: within it no idle tick touches Postgres. The script is run by its hash."""
    insert = owned.create(delay_seconds=3600)
    owned.tick()  # the first one reconciles
    with psycopg.connect(own.postgres.url, autocommit=True) as sql, redis.Redis.from_url(own.valkey.url) as raw:
        sql.execute("create extension if not exists pg_stat_statements")
        sql.execute("select pg_stat_statements_reset()")
        raw.config_resetstat()
        for _ in range(TICKS):
            assert owned.tick()["taken"] == 0
        counted = calls(raw)
        assert counted["evalsha"] == TICKS
        inside = {"time", "hset", "hget", "zrangebyscore", "zrange"}  # what the script itself does
        assert set(counted) <= inside | {"evalsha", "config|resetstat", "info"}, counted
        assert sql.execute(STATEMENTS).fetchone() == (0,)
    assert owned.job(insert["id"])["status"] == "pending"


def test_reconcile_holds_a_page_at_a_time(wired, sql, valkey):
    """200,000 rows into an empty index, and the process is no larger for it; ten million are in docs/RELIABILITY.md."""
    import tracemalloc

    fill_quickly(sql, 200_000)
    wired.store().now()
    tracemalloc.start()
    try:
        assert index_everything(wired.store(), wired.index()) == 200_000
        assert tracemalloc.get_traced_memory()[1] < 24 * 2**20
    finally:
        tracemalloc.stop()


def test_prune_blocks_no_claim_and_no_claim_blocks_prune(wired, sql, database):
    """A prune that was begun and not committed, then claims of what it did not take; and the other way round."""
    from tickwork.stores.postgres.database import statement

    old, due, running = insert_job(sql, "completed"), insert_job(sql), insert_job(sql, "in_progress", lease=-1)
    sql.execute("update tickwork.jobs set updated_at = now() - interval '40 days'")
    ages = {"completed_seconds": 60, "failed_seconds": 60, "limit": 10}
    with psycopg.connect(database) as pruner:
        pruner.execute("set local lock_timeout = '1s'")
        assert pruner.execute(statement("prune_jobs"), ages).rowcount == 1
        sql.execute("set lock_timeout = '1s'")
        assert {job.id for job in wired.store().claim([old, due, running], 30)} == {due, running}
        pruner.rollback()
    with psycopg.connect(database) as claimer:
        claimer.execute("select from tickwork.jobs where id = any(%s) for update", [[due, running]])
        assert prune(wired.store(), wired.settings()) == 1


def test_a_claim_is_bounded_while_a_snapshot_is_held(wired, sql, database):
    """Each row was written thirty times and none of its dead versions may go; figures of a long run are in docs."""
    import time

    ids = [insert_job(sql, max_retries=100) for _ in range(50)]
    with psycopg.connect(database) as other:
        other.execute("set transaction isolation level repeatable read")
        other.execute("select count(*) from tickwork.jobs")
        took = []
        for _ in range(30):
            began = time.monotonic()
            assert len(wired.store().claim(ids, 30)) == 50
            took.append(time.monotonic() - began)
            sql.execute("update tickwork.jobs set status = 'pending', lease_expires_at = null, updated_at = now()")
    assert sorted(took)[-2] < 1
