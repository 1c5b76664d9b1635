"""How Postgres finds what each statement asks for, on 20,000 rows: by an index, looking at few rows on the way.

A plan that loses its index fails here, whatever it costs at this size.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg.sql import SQL, Composed

from tests.benchmarks.growth import FILL
from tests.integration.factory import insert_job
from tests.servers import Shared, make_database
from tickwork.core.job import Outcome
from tickwork.jobs import listing
from tickwork.stores.postgres.database import Database
from tickwork.stores.postgres.job_store import JobStore

ROWS, RUNNING, DUE, RARE = 20_000, 100, 300, 30
PAGE = 50
FEW = ROWS // 8  # what a filter that fits no sort may look at
STATUSES = ("pending", "in_progress", "completed", "failed", "cancelled")
SORTS = [sign + column for column in listing.SORTS for sign in ("", "-")]
EXPLAIN = "explain (analyze, costs off, timing off, summary off, buffers off, format json) "
SPREAD = f"""
update tickwork.jobs set type = 'rare'
where id in (select id from tickwork.jobs where status = 'completed' order by id limit {RARE});
update tickwork.jobs set status = 'completed', completed_at = now()
where id in (select id from tickwork.jobs where status = 'cancelled' order by id offset {RARE});
update tickwork.jobs set scheduled_at = now() - n * interval '1 second'
from (
  select id, row_number() over (order by id) as n from tickwork.jobs where status = 'pending' order by id limit {DUE}
) few
where jobs.id = few.id;
update tickwork.jobs set status = 'in_progress', attempt = 1, started_at = now(),
  scheduled_at = now() - interval '1 second', lease_expires_at = now() + interval '1 hour'
where id in (
  select id from tickwork.jobs where status = 'pending' and scheduled_at > now() order by id limit {RUNNING}
);
insert into tickwork.job_attempts (job_id, attempt, started_at, finished_at, outcome)
select id, 1, now(), now(), 'retry' from tickwork.jobs where status not in ('pending', 'in_progress');
"""
FILTERS: dict[str, dict[str, str | int]] = {
    "all": {},
    **{status: {"status": status} for status in STATUSES},
    "open": {"status": "pending,in_progress"},
    "ended badly": {"status": "failed,cancelled"},
    "type": {"type": "email"},
    "types": {"type": "email,pdf"},
    "rare type": {"type": "rare"},
    "type and status": {"type": "http", "status": "completed"},
    "type and status, none": {"type": "email", "status": "failed"},
    "priority at least": {"priority_min": 3},
    "priority at most": {"priority_max": -3},
    "priority range": {"priority_min": 0, "priority_max": 1},
    "overdue": {"status": "pending", "scheduled_to": "2000-01-01T00:00:00Z"},
    "scheduled range": {"scheduled_from": "2000-01-01T00:00:00Z", "scheduled_to": "2100-01-01T00:00:00Z"},
    "scheduled, none": {"scheduled_from": "2100-01-01T00:00:00Z"},
    "created range": {"created_from": "2000-01-01T00:00:00Z", "created_to": "2100-01-01T00:00:00Z"},
    "created, none": {"created_from": "2100-01-01T00:00:00Z"},
}
IN_ORDER = {("all", sort) for sort in SORTS} | {
    (name, sign + column)
    for sign in ("", "-")
    for name, column in (
        ("pending", "scheduled_at"), ("open", "scheduled_at"), ("overdue", "scheduled_at"),
        ("scheduled range", "scheduled_at"), ("created range", "created_at"),
        ("priority at least", "priority"), ("priority at most", "priority"), ("priority range", "priority"),
    )
}  # fmt: skip
RANGES = 4  # of which a page is merged: each is looked at one row further than the page needs


class Plan(NamedTuple):
    """What one statement did: the nodes of its plan as Postgres tells them."""

    nodes: list[dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [node for node in self.nodes if node["Node Type"] == kind]

    def scans(self, table: str = "jobs") -> list[dict[str, Any]]:
        return [node for node in self.nodes if node.get("Relation Name") == table and "Scan" in node["Node Type"]]

    def touched(self, table: str = "jobs") -> int:
        """Rows of `table` looked at, those that a filter then left out too."""
        names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        return round(sum(sum(scan.get(name, 0) for name in names) * scan["Actual Loops"] for scan in self.scans(table)))


plans: list[Plan] = []


class Explaining(psycopg.Cursor[Any]):
    """Explains each statement, undoes what that did, and then runs it."""

    def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
        explain = SQL(EXPLAIN) + query if isinstance(query, Composed) else EXPLAIN + query
        with self.connection.transaction(force_rollback=True), psycopg.Cursor(self.connection) as cursor:
            ((told,),) = cursor.execute(explain, params).fetchall()
        plans.append(Plan(list(_nodes(told[0]["Plan"]))))
        return super().execute(query, params, **how)


class Explained:
    """Stands where a Database does."""

    seconds = 60.0

    def __init__(self, connection: psycopg.Connection[Any]):
        self._connection = connection

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        yield self._connection


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)


@pytest.fixture(scope="module")
def filled(servers: Shared, worker: int) -> Iterator[psycopg.Connection[Any]]:
    dsn = make_database(servers.dsn, f"plans_{worker}")
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None, cursor_factory=psycopg.Cursor) as connection:
        connection.execute(FILL, {"rows": ROWS, "first": 0, "last": ROWS - 1})
        connection.execute(SPREAD)
        connection.execute("vacuum analyze")
        connection.cursor_factory = Explaining
        yield connection


@pytest.fixture
def store(filled: psycopg.Connection[Any]) -> Iterator[JobStore]:
    plans.clear()
    with filled.transaction(force_rollback=True):
        yield JobStore(Explained(filled))  # type: ignore[arg-type]


def pages(store: JobStore, **query: str | int) -> None:
    """The first page of a list and the one behind it."""
    page = listing.list_jobs(store, listing.QUERY.validate_python(query | {"limit": PAGE}))
    if page["next_cursor"]:
        again = query | {"limit": PAGE, "cursor": page["next_cursor"]}
        listing.list_jobs(store, listing.QUERY.validate_python(again))


def assert_by_index(most: int) -> None:
    """Every statement of the test found its jobs by an index and looked at no more than `most` of them."""
    assert plans
    for plan in plans:
        kinds = {scan["Node Type"] for scan in plan.scans()}
        assert kinds <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}, plan
        assert plan.touched() <= most, plan


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("name", FILTERS)
def test_lists(store: JobStore, name: str, sort: str) -> None:
    pages(store, sort=sort, **FILTERS[name])
    if (name, sort) in IN_ORDER:
        assert_by_index(PAGE + RANGES)
        assert not any(plan.of("Sort") for plan in plans)
    else:
        assert_by_index(FEW)


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
@pytest.mark.parametrize("status", ["pending", "completed"])
def test_a_page_of_a_frequent_status_is_read_in_order(store: JobStore, status: str, sort: str) -> None:
    pages(store, sort=sort, status=status)
    assert_by_index(4 * PAGE)
    assert not any(plan.of("Sort") for plan in plans)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("name", ["cancelled", "rare type"])
def test_a_page_of_what_is_rare_reads_no_more_than_there_is(store: JobStore, name: str, sort: str) -> None:
    pages(store, sort=sort, **FILTERS[name])
    assert_by_index(RARE)


def test_a_text_search_looks_at_a_bounded_part(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "SEARCHED_ROWS", 500)
    for sort in SORTS:
        pages(store, sort=sort, q="no such text")
    assert_by_index(500 + RANGES)


@pytest.mark.parametrize("name", FILTERS)
def test_counts_and_bulk_choices_stop_at_their_cap(store: JobStore, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "COUNTED_ROWS", 100)
    listing.count_jobs(store, listing.FILTER.validate_python(FILTERS[name]))
    assert_by_index(FEW)


def test_statistics_never_look_at_jobs_but_at_those_due(store: JobStore) -> None:
    store.counts()
    store.durations(3600)
    store.throughput(3600, 60)
    store.totals()
    assert_by_index(0)
    plans.clear()
    assert store.due(10_000)["count"] == DUE
    assert_by_index(DUE + RUNNING)


def test_one_job(store: JobStore) -> None:
    [id] = store.find_due(1)
    ended = listing.list_jobs(store, listing.QUERY.validate_python({"status": "completed", "limit": 1}))["items"][0]
    plans.clear()
    assert len(store.attempts(ended["id"])) == 1
    assert [scan["Node Type"] for scan in plans[0].scans("job_attempts")] == ["Index Scan"]
    assert store.find([id])
    assert store.standing([id])
    store.find_expired([id])
    assert store.update(id, scheduled_at=None, delay=3600.0, priority=5)
    assert store.cancel([id])
    assert store.retry([id])
    assert_by_index(3)


def test_what_is_due_is_found_by_what_is_due(store: JobStore) -> None:
    assert len(store.find_due(100)) == 100
    assert_by_index(100 + RUNNING)


def test_reconciling_pages(store: JobStore) -> None:
    assert sum(len(page) for page in store.due_soon(60)) == DUE + RUNNING
    assert_by_index(DUE + RUNNING)
    plans.clear()
    assert sum(len(page) for page in store.unfinished()) == ROWS // 2
    assert_by_index(ROWS // 2)
    assert not any(plan.of("Sort") for plan in plans)


def test_claims_and_outcomes_go_by_the_primary_key(store: JobStore) -> None:
    ids = store.find_due(100)
    plans.clear()
    claimed = store.claim(ids, 30)
    assert len(claimed) == 100
    store.renew([(job.id, job.attempt, None) for job in claimed], 30)
    assert len(store.settle([Outcome(job.id, job.attempt, "completed") for job in claimed]).ended) == 100
    assert_by_index(3 * len(ids))
    assert {scan["Index Name"] for plan in plans for scan in plan.nodes if "Index Name" in scan} <= {"jobs_pkey"}


def test_pruning_begins_with_the_oldest(store: JobStore) -> None:
    assert store.prune(0, 0, 100) == 100
    assert_by_index(4 * 100)


def test_a_claim_changes_no_index(sql: psycopg.Connection[Any], database: str) -> None:
    """Postgres calls it a heap-only tuple (HOT); it takes that no indexed column changes and that the page has room."""
    ids = [insert_job(sql) for _ in range(50)]
    before = _hot(sql)
    store = JobStore(own := Database(database))
    assert len(store.claim(ids, 30)) == len(ids)
    store.select(SQL("select pg_stat_force_next_flush()").format())
    own.close()
    assert _hot(sql) - before == len(ids)


def _hot(sql: psycopg.Connection[Any]) -> int:
    sql.execute("select pg_stat_force_next_flush()")
    return sql.execute("select n_tup_hot_upd from pg_stat_user_tables where relname = 'jobs'").fetchone()[0]
