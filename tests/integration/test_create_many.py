"""Creating any number of jobs in the library: every field arrives, chunks are whole or not there, order is kept."""

import gc
import sys
from datetime import UTC, datetime

import pytest

from tickwork.core.errors import Invalid, TooLarge
from tickwork.core.job import MAX_PAYLOAD_BYTES, NewJob
from tickwork.core.trace_context import parse
from tickwork.engine.interpreter import YOUNG
from tickwork.engine.turns import SECONDS
from tickwork.jobs import create
from tickwork.jobs.create import create_jobs, create_many

TRACE = parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
FIELDS = "type, status, payload, priority, max_retries, scheduled_at, trace_parent, phase, attempt"
AT = datetime(2031, 7, 9, 1, 2, 3, 456_789, UTC)
KINDS = [
    {"payload": {"n": 1}, "scheduled_at": AT},
    {"payload": {"text": "ünïcödé \u2028 \\ \t'\"", "deep": [[{}], None, 1.5e-7, -3]}, "scheduled_at": AT},
    {"payload": {"long": "x" * 70_000}, "priority": -512, "max_retries": 0, "scheduled_at": AT},
    {"priority": 511, "max_retries": 100, "scheduled_at": datetime(2000, 1, 1, tzinfo=UTC)},
    {"scheduled_at": datetime(2199, 12, 31, 23, 59, 59, 999_999, UTC)},
]


def many(wired, jobs, **kwargs):
    return create_many(wired.store(), wired.index(), jobs, **kwargs)


def numbered(count, **fields):
    return (NewJob(type="ok", payload={"n": n}, **fields) for n in range(count))


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(create, "CHUNK", 3)


def test_a_process_with_a_store_knows_what_it_is_like(wired):
    """Both are worth a seventh of what is created in bulk, or more, and nothing else would show that they are gone."""
    sys.setswitchinterval(5 * SECONDS)
    gc.set_threshold(700)
    wired.store()
    assert sys.getswitchinterval() == pytest.approx(SECONDS)
    assert gc.get_threshold()[0] == YOUNG


@pytest.mark.parametrize("trace", [None, TRACE])
def test_every_field_is_what_a_single_create_writes(wired, sql, trace):
    jobs = [NewJob(type="ok", **kind) for kind in KINDS]
    for job in jobs:
        create_jobs(wired.store(), wired.index(), [job], batch=False, trace=trace)
    one_by_one = sql.execute(f"select {FIELDS} from tickwork.jobs order by id").fetchall()
    sql.execute("delete from tickwork.jobs")
    ids = many(wired, jobs, trace=trace)
    rows = sql.execute(f"select id::text, {FIELDS} from tickwork.jobs order by id").fetchall()
    assert [row[0] for row in rows] == ids
    assert [row[1:] for row in rows] == one_by_one


def test_a_delay_counts_from_the_databases_now(wired, sql):
    many(wired, numbered(2, delay_seconds=90.5))
    query = "select distinct extract(epoch from scheduled_at - created_at)::float from tickwork.jobs"
    assert sql.execute(query).fetchall() == [(90.5,)]


def test_many_chunks_keep_their_order_and_are_all_indexed(wired, sql, small):
    ids = many(wired, numbered(31))
    rows = sql.execute("select id::text from tickwork.jobs order by (payload ->> 'n')::int").fetchall()
    assert [row[0] for row in rows] == ids
    assert {str(id) for id in wired.index().take(100, 30, 60).ids} == set(ids)
    assert sql.execute("select sum(n)::int from tickwork.job_counts where status = 'pending'").fetchone() == (31,)


def test_none_is_nothing(wired, sql):
    assert many(wired, []) == []
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (0,)


def test_a_fault_is_named_by_its_position_and_ends_it_there(wired, sql, small):
    jobs = [NewJob(type="unheard-of" if n in (7, 8) else "ok") for n in range(20)]
    with pytest.raises(Invalid) as raised:
        many(wired, jobs)
    assert [fault["index"] for fault in raised.value.errors] == [7, 8]
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (6,)


def test_a_payload_that_is_too_large_is_refused(wired, sql):
    with pytest.raises(TooLarge):
        many(wired, [NewJob(type="ok", payload={"x": "y" * MAX_PAYLOAD_BYTES})])
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (0,)


def test_without_the_index_they_are_created_all_the_same(wired, sql, small, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    for part in (wired.settings, wired.index):
        part.cache_clear()
    ids = many(wired, numbered(7))
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (len(ids),) == (7,)


def test_a_chunk_that_cannot_be_written_says_so(wired, sql, small, monkeypatch):
    def fail(*_):
        raise ValueError("before the commit")

    monkeypatch.setattr(wired.store(), "_write", fail)
    with pytest.raises(ValueError, match="before the commit"):
        many(wired, numbered(6))
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (0,)
