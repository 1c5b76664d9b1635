"""The index on a real Valkey: order, leases, rescue, exact scores, and what a lost or broken server does."""

from datetime import UTC, datetime, timedelta

import pytest
import redis
import uuid_utils.compat

from shared.due_index import DueIndex, IndexDown, client
from shared.job import Settled
from tests.servers import start_valkey, stop

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def index(valkey):
    return DueIndex(client(valkey))


def waiting(priority: int = 0, at: datetime = LONG_AGO) -> Settled:
    return Settled(uuid_utils.compat.uuid7(), "pending", priority, at, None)


def take(index: DueIndex, limit: int = 10, lease: float = 30):
    return index.take(limit, lease, 60)


def test_higher_priority_first_then_longer_due(index):
    rows = [
        waiting(0, LONG_AGO + timedelta(seconds=1)),
        waiting(0, LONG_AGO),
        waiting(511, LONG_AGO + timedelta(hours=8)),
        waiting(-512, LONG_AGO - timedelta(hours=8)),
    ]
    index.settle(rows)
    assert take(index).ids == [rows[2].id, rows[1].id, rows[0].id, rows[3].id]


def test_a_late_urgent_job_overtakes_what_is_ready(index):
    index.settle([waiting() for _ in range(5)])
    take(index, limit=1)
    urgent = waiting(priority=1)
    index.settle([urgent])
    assert take(index, limit=1).ids == [urgent.id]


def test_nothing_is_taken_before_it_is_due(index):
    now = take(index).now
    index.settle([waiting(at=now + timedelta(seconds=60))])
    taken = take(index)
    assert taken.ids == []
    assert abs((taken.next_due_at - now).total_seconds() - 60) < 0.01


def test_taken_ids_are_leased_and_come_back_when_the_lease_ends(index, raw):
    rows = [waiting(7), waiting(-7)]
    index.settle(rows)
    assert len(take(index, lease=1000).ids) == 2
    assert take(index).ids == []
    for id, score in raw.zrange(index.leased, 0, -1, withscores=True):
        raw.zadd(index.leased, {id: score - 1001 * 1000 * 1024})  # the lease, as if its time had passed
    assert take(index).ids == [rows[0].id, rows[1].id], "rescued ones keep their priority"


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
    assert raw.zrange(index.scheduled, 0, -1) == [pending.id.bytes]
    assert raw.zrange(index.leased, 0, -1) == [running.id.bytes]
    assert not raw.exists(index.ready)


@pytest.mark.parametrize("priority", [-512, -1, 0, 1, 511])
@pytest.mark.parametrize(
    "at", [datetime(2000, 1, 1, tzinfo=UTC), LONG_AGO, datetime(2026, 11, 23, 12, 0, 0, 999000, tzinfo=UTC)]
)
def test_scores_are_exact_through_both_sets(index, raw, priority, at):
    """due_ms and priority survive scheduled → ready → leased without rounding."""
    row = waiting(priority, at)
    index.settle([row])
    [(_, scheduled)] = raw.zrange(index.scheduled, 0, -1, withscores=True)
    assert int(scheduled) == round(at.timestamp() * 1000) * 1024 + 511 - priority < 2**53
    take(index, limit=1)
    [(_, leased)] = raw.zrange(index.leased, 0, -1, withscores=True)
    assert int(leased) % 1024 == 511 - priority


def test_the_latest_time_a_job_may_have_still_fits(index, raw):
    index.settle([waiting(-512, datetime(2199, 12, 31, tzinfo=UTC))])
    [(_, score)] = raw.zrange(index.scheduled, 0, -1, withscores=True)
    assert score < 2**53


def test_a_due_time_is_rounded_up_to_the_next_millisecond(index, raw):
    index.settle([waiting(0, datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC))])
    [(_, score)] = raw.zrange(index.scheduled, 0, -1, withscores=True)
    assert int(score) // 1024 % 1000 == 1


def test_many_at_once(index):
    rows = [waiting(i % 7) for i in range(12_000)]
    index.settle(rows)
    first = take(index, limit=5000).ids
    assert len(first) == 5000
    rest = [id for _ in range(3) for id in take(index, limit=5000).ids]
    assert {*first, *rest} == {row.id for row in rows}


def test_a_new_server_asks_for_everything_then_only_now_and_then(index, raw):
    assert take(index).reconcile == 2
    assert take(index).reconcile == 0
    raw.hset(index.state, "reconcile_at", 1)
    assert take(index).reconcile == 1
    raw.flushdb()
    assert take(index).reconcile == 2


def test_reconcile_leaves_alone_what_is_ready_or_leased(index, raw):
    rows = [waiting() for _ in range(4)]
    index.settle(rows[:3])
    assert take(index, limit=1).ids
    assert index.index_missing(rows) == 1
    assert raw.zcard(index.scheduled) == 1


def test_an_idle_take_is_one_command(tmp_path):
    server = start_valkey(tmp_path / "valkey")  # its own: commands are counted by server
    try:
        assert _calls_of_idle_takes(server.url) == {"cmdstat_evalsha": 100}
    finally:
        stop(server)


def _calls_of_idle_takes(url):
    raw, index = redis.Redis.from_url(url), DueIndex(client(url))
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
    raw.set(index.scheduled, "x")
    with pytest.raises(IndexDown):
        take(index)


def test_what_was_taken_before_goes_ahead_of_a_backlog(index, raw):
    """A dead function's jobs, those that could not be claimed, and those that a lost index forgot while they ran."""
    rescued, put_back, forgotten = (waiting(at=LONG_AGO + timedelta(days=1)) for _ in range(3))
    index.settle([rescued])
    take(index, lease=0.001)
    index.index_missing([forgotten._replace(status="in_progress", lease_expires_at=LONG_AGO + timedelta(days=2))])
    index.settle([put_back])
    raw.zadd(index.leased, {put_back.id.bytes: raw.zscore(index.scheduled, put_back.id.bytes)})
    raw.zrem(index.scheduled, put_back.id.bytes)
    index.put_back([put_back.id])
    index.settle([waiting() for _ in range(20)])
    assert set(take(index, limit=3).ids) == {rescued.id, put_back.id, forgotten.id}
    assert raw.zcard(index.leased) == 3


def test_a_step_of_priority_is_worth_a_minute_of_waiting(index):
    """So a flood of urgent jobs overtakes what has not waited long, and starves nobody."""
    now = datetime.now(UTC)
    waited, urgent, fresh = (uuid_utils.compat.uuid7() for _ in range(3))
    index.add([(fresh, now, 0), (urgent, now, 2), (waited, now - timedelta(minutes=3), 0)])
    assert index.take(10, 30, 60).ids == [waited, urgent, fresh]
