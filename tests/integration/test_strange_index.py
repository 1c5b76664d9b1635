"""Others may write into the index: what is no id or no time of ours does not hinder a tick."""

from tests.integration.factory import insert_job, row_of


def test_strangers_among_the_due(wired, sql):
    id = insert_job(sql, type="ok")
    index = wired.index()
    raw = index._redis
    raw.zadd(index.shards[0].ready, {b"not an id": 1.0, b"": 2.0, b"x" * 16: 3.0, id.bytes: 4.0})
    assert wired.tick().run()["completed"] == 1
    assert row_of(sql, id)["status"] == "completed"
    assert wired.tick().run()["taken"] == 0
    assert raw.zcard(index.shards[0].leased) == 0


def test_times_beyond_ours(wired, database):
    index = wired.index()
    index._redis.zadd(index.shards[0].scheduled, {b"y" * 16: 9e18})
    assert wired.tick().run()["next_due_at"] is None


def test_scores_without_an_end(wired, sql):
    id = insert_job(sql, type="ok")
    index = wired.index()
    for place, name in enumerate((index.shards[0].scheduled, index.shards[0].ready, index.shards[0].leased)):
        index._redis.zadd(name, {bytes([place]) * 16: "-inf", bytes([place + 9]) * 16: "inf"})
    reports = [wired.tick().run() for _ in range(3)]
    assert [report["degraded"] for report in reports] == [[]] * 3
    assert row_of(sql, id)["status"] == "completed"


def test_leftovers_before_a_due_job_hold_it_up_for_no_tick(wired, sql):
    """Cancelled while Redis was away, or never a row: a tick goes on behind a batch of them."""
    index = wired.index()
    leftovers = [*(insert_job(sql, "cancelled").bytes for _ in range(50)), *(bytes([n]) * 16 for n in range(50))]
    index._redis.zadd(index.shards[0].ready, dict.fromkeys(leftovers, 0))
    id = insert_job(sql, type="ok")
    assert wired.tick().run()["completed"] == 1
    assert row_of(sql, id)["status"] == "completed"
    assert index._redis.zcard(index.shards[0].leased) == 0
