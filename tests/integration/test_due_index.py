"""The index on a real Valkey: order, leases, rescue, exact scores, and what a lost or broken server does."""

from datetime import UTC, datetime, timedelta

import pytest
import redis
import uuid_utils.compat

from tests.servers import start_valkey, stop
from tickwork.core.errors import IndexDown
from tickwork.core.job import Settled
from tickwork.stores.redis.connection import client
from tickwork.stores.redis.due_index import DueIndex

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(params=[1, 3])
def index(valkey, request):
    """Of one shard, and of several."""
    return DueIndex(client(valkey), shards=request.param)


@pytest.fixture
def one(valkey):
    return DueIndex(client(valkey))


def held(raw, index: DueIndex, name: str) -> dict[bytes, float]:
    """Scores by id in the set `name` of all shards."""
    return {
        id: score for shard in index.shards for id, score in raw.zrange(getattr(shard, name), 0, -1, withscores=True)
    }


def waiting(priority: int = 0, at: datetime = LONG_AGO) -> Settled:
    return Settled(uuid_utils.compat.uuid7(), "pending", priority, at, None)


def take(index: DueIndex, limit: int = 10, lease: float = 30):
    return index.take(limit, lease, 60)


def test_higher_priority_first_then_longer_due(one):
    rows = [
        waiting(0, LONG_AGO + timedelta(seconds=1)),
        waiting(0, LONG_AGO),
        waiting(511, LONG_AGO + timedelta(hours=8)),
        waiting(-512, LONG_AGO - timedelta(hours=8)),
    ]
    one.settle(rows)
    assert take(one).ids == [rows[2].id, rows[1].id, rows[0].id, rows[3].id]


def test_a_late_urgent_job_overtakes_what_is_ready(one):
    one.settle([waiting() for _ in range(5)])
    take(one, limit=1)
    urgent = waiting(priority=1)
    one.settle([urgent])
    assert take(one, limit=1).ids == [urgent.id]


def test_nothing_is_taken_before_it_is_due(index):
    now = take(index).now
    index.settle([waiting(at=now + timedelta(seconds=60))])
    taken = take(index)
    assert taken.ids == []
    assert abs((taken.next_due_at - now).total_seconds() - 60) < 0.01


def test_what_is_due_in_a_moment_is_taken_but_not_rescued_before_its_time(index, monkeypatch):
    monkeypatch.setattr("tickwork.stores.redis.shard.EARLY_MS", 60_000)
    now = take(index).now
    soon, later, leased = waiting(at=now + timedelta(seconds=30)), waiting(at=now + timedelta(seconds=90)), waiting()
    index.settle([soon, later, leased._replace(status="in_progress", lease_expires_at=now + timedelta(seconds=30))])
    assert take(index).ids == [soon.id]


def test_taken_ids_are_leased_and_come_back_when_the_lease_ends(index, raw):
    rows = [waiting(7), waiting(-7)]
    index.settle(rows)
    assert len(take(index, lease=1000).ids) == 2
    assert take(index).ids == []
    for shard in index.shards:
        for id, score in raw.zrange(shard.leased, 0, -1, withscores=True):
            raw.zadd(shard.leased, {id: score - 1001 * 1000 * 1024})  # the lease, as if its time had passed
    found = take(index).ids
    assert sorted(found) == sorted(row.id for row in rows)
    assert len(index.shards) > 1 or found == [rows[0].id, rows[1].id], "rescued ones keep their priority"


def test_settle_follows_the_row(index, raw):
    pending, running, final = waiting(), waiting(), waiting()
    index.settle([pending, running, final])
    take(index)
    index.settle(
        [
            pending,
            running._replace(status="in_progress", lease_expires_at=datetime(2100, 1, 1, tzinfo=UTC)),
            final._replace(status="completed"),
        ]
    )
    assert [*held(raw, index, "scheduled")] == [pending.id.bytes]
    assert [*held(raw, index, "leased")] == [running.id.bytes]
    assert not held(raw, index, "ready")


@pytest.mark.parametrize("priority", [-512, -1, 0, 1, 511])
@pytest.mark.parametrize(
    "at", [datetime(2000, 1, 1, tzinfo=UTC), LONG_AGO, datetime(2026, 11, 23, 12, 0, 0, 999000, tzinfo=UTC)]
)
def test_scores_are_exact_through_both_sets(index, raw, priority, at):
    """due_ms and priority survive scheduled → ready → leased without rounding."""
    row = waiting(priority, at)
    index.settle([row])
    [scheduled] = held(raw, index, "scheduled").values()
    assert int(scheduled) == round(at.timestamp() * 1000) * 1024 + 511 - priority < 2**53
    take(index, limit=1)
    [leased] = held(raw, index, "leased").values()
    assert int(leased) % 1024 == 511 - priority


def test_the_latest_time_a_job_may_have_still_fits(index, raw):
    index.settle([waiting(-512, datetime(2199, 12, 31, tzinfo=UTC))])
    [score] = held(raw, index, "scheduled").values()
    assert score < 2**53


def test_a_due_time_is_rounded_up_to_the_next_millisecond(index, raw):
    index.settle([waiting(0, datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC))])
    [score] = held(raw, index, "scheduled").values()
    assert int(score) // 1024 % 1000 == 1


def test_many_at_once(index):
    rows = [waiting(i % 7) for i in range(12_000)]
    index.settle(rows)
    first = take(index, limit=5000).ids
    assert 5000 <= len(first) < 5000 + len(index.shards)
    rest = [id for _ in range(3) for id in take(index, limit=5000).ids]
    assert {*first, *rest} == {row.id for row in rows}


def test_a_new_server_asks_for_everything_then_only_now_and_then(index, raw):
    assert take(index).reconcile == 2
    assert take(index).reconcile == 0
    raw.hset(index.shards[0].state, "reconcile_at", 1)
    assert take(index)[3:] == (1, (0,), ())
    raw.flushdb()
    assert take(index).reconcile == 2


def test_reconcile_leaves_alone_what_is_ready_or_leased(index, raw):
    rows = [waiting() for _ in range(4)]
    index.settle(rows[:3])
    assert take(index, limit=1).ids
    assert index.index_missing(rows) == 1
    assert [*held(raw, index, "scheduled")] == [rows[3].id.bytes]


def test_of_two_times_the_earlier_stands_but_for_who_moves_the_job(index, raw):
    """Who read the other time may tell it late, and would make the job late; one that is too early goes back."""
    row = waiting()
    index.settle([row])
    (told,) = held(raw, index, "scheduled").values()
    later = row._replace(scheduled_at=row.scheduled_at + timedelta(hours=1))
    assert index.index_missing([later]) == 0
    index.settle([later])
    assert [*held(raw, index, "scheduled").values()] == [told]
    index.reschedule(later)
    assert [*held(raw, index, "scheduled").values()] == [told + 3_600_000 * 1024]
    assert index.index_missing([row]) == 1
    assert [*held(raw, index, "scheduled").values()] == [told]


def test_an_idle_take_is_one_command_for_each_shard(tmp_path):
    server = start_valkey(tmp_path / "valkey")  # its own: commands are counted by server
    try:
        for shards in (1, 3):
            assert _calls_of_idle_takes(server.url, shards) == {"cmdstat_evalsha": 100 * shards}
    finally:
        stop(server)


def _calls_of_idle_takes(url, shards):
    raw, index = redis.Redis.from_url(url), DueIndex(client(url), shards=shards)
    take(index)
    raw.config_resetstat()
    for _ in range(100):
        take(index)
    inside_the_script = {"cmdstat_time", "cmdstat_hset", "cmdstat_hget", "cmdstat_zrange", "cmdstat_zrangebyscore"}
    ours = {"cmdstat_config|resetstat"}
    stats = raw.info("commandstats").items()
    return {name: counts["calls"] for name, counts in stats if name not in inside_the_script | ours}


def test_scripts_are_loaded_again_when_the_server_forgot_them(index, raw):
    take(index)
    raw.script_flush()
    index.settle([row := waiting()])
    assert take(index).ids == [row.id]


def test_a_refused_port_fails_at_once_and_stays_down_for_a_while():
    index = DueIndex(client("redis://127.0.0.1:1/0"))
    with pytest.raises(IndexDown):
        take(index)
    with pytest.raises(IndexDown, match="a moment ago"):
        take(index)


def test_a_foreign_type_under_a_key_is_an_outage_not_a_crash(index, raw):
    for shard in index.shards:
        raw.set(shard.scheduled, "x")
    with pytest.raises(IndexDown):
        take(index)


def test_what_was_taken_before_goes_ahead_of_a_backlog(one, raw):
    """A dead function's jobs, those that could not be claimed, and those that a lost index forgot while they ran."""
    rescued, put_back, forgotten = (waiting(at=LONG_AGO + timedelta(days=1)) for _ in range(3))
    one.settle([rescued])
    take(one, lease=0)
    one.index_missing([forgotten._replace(status="in_progress", lease_expires_at=LONG_AGO + timedelta(days=2))])
    one.settle([put_back])
    raw.zadd(one.shards[0].leased, {put_back.id.bytes: raw.zscore(one.shards[0].scheduled, put_back.id.bytes)})
    raw.zrem(one.shards[0].scheduled, put_back.id.bytes)
    one.put_back([put_back.id])
    one.settle([waiting() for _ in range(20)])
    assert set(take(one, limit=3).ids) == {rescued.id, put_back.id, forgotten.id}
    assert raw.zcard(one.shards[0].leased) == 3


def test_a_step_of_priority_is_worth_a_minute_of_waiting(one):
    """So a flood of urgent jobs overtakes what has not waited long, and starves nobody."""
    now = datetime.now(UTC)
    waited, urgent, fresh = (uuid_utils.compat.uuid7() for _ in range(3))
    one.add([(fresh, now, 0), (urgent, now, 2), (waited, now - timedelta(minutes=3), 0)])
    assert one.take(10, 30, 60).ids == [waited, urgent, fresh]
