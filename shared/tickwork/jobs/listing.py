"""Pages of jobs by keyset: the next page begins after the last row of this one, however many rows came meanwhile."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from psycopg.sql import SQL, Composable, Composed, Identifier
from psycopg.sql import Literal as Quoted
from pydantic import Field, TypeAdapter, ValidationError

from tickwork.core.errors import Invalid
from tickwork.core.filters import Filter, QueryFilter
from tickwork.core.job import Priority, Timestamp
from tickwork.core.validation import fault
from tickwork.stores.postgres.job_store import JobStore

MAX_LIMIT = 200
SEARCHED_ROWS = 20_000  # a text search looks at this many rows of the rest of the filter, then says so
COUNTED_ROWS = 10_000
SORTS = ("created_at", "scheduled_at", "priority", "updated_at")
Sort = Literal[
    "created_at", "-created_at", "scheduled_at", "-scheduled_at", "priority", "-priority", "updated_at", "-updated_at"
]

COLUMNS = SQL(
    "id, type, status, case when pg_column_size(payload) <= 4096 then payload end as payload, priority, retries,"
    " max_retries, scheduled_at, completed_at, failed_reason, created_at, updated_at, attempt, started_at,"
    " lease_expires_at, cancel_requested_at, progress, null as result"
)


class Query(QueryFilter):
    """What GET /jobs takes."""

    sort: Sort = Field("-created_at", description="Column to sort by; `-` for descending.")
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = Field(50, description="Page size.")
    cursor: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="next_cursor of a page."
    )


QUERY = TypeAdapter(Query)
FILTER = TypeAdapter(QueryFilter)


def list_jobs(store: JobStore, query: Query) -> dict[str, Any]:
    """One page: `items`, `next_cursor` or null, and `searched`: rows looked at when a search stopped early, or null."""
    order = Order(query.sort)
    conditions = query.where() + (order.after(query.cursor) if query.cursor else [])
    if query.q is not None:
        return _search(store, query, order, conditions)
    rows = store.select(_page(query, conditions, order, query.limit + 1))
    items, more = rows[: query.limit], len(rows) > query.limit
    return {"items": items, "next_cursor": order.cursor(items[-1]) if more else None, "searched": None}


def count_jobs(store: JobStore, filter: Filter) -> dict[str, Any]:
    """How many jobs match, counted up to 10,000: `capped` says that there are more."""
    found = store.select(SQL("select count(*) from ({}) found").format(matching_ids(filter, COUNTED_ROWS + 1)))
    count = found[0]["count"]
    return {"count": min(count, COUNTED_ROWS), "capped": count > COUNTED_ROWS}


def matching_ids(filter: Filter, limit: int, also: Composable | None = None) -> Composed:
    """A query of at most `limit` ids that match (`also`), oldest first; with a text search of the newest rows only."""
    conditions: list[Composable] = [*filter.where(), *([also] if also else [])]
    if filter.q is None:
        return SQL("select id from {} order by id limit {}").format(
            _rows(filter, conditions, Order("created_at"), limit), Quoted(limit)
        )
    looked = _page(filter, conditions, Order("-created_at"), SEARCHED_ROWS)
    return SQL("select id from ({}) looked where {} limit {}").format(looked, filter.matches_text(), Quoted(limit))


class Order:
    """A sort column with its direction; ties are broken by id, so that every row has its own place."""

    def __init__(self, sort: str):
        self.sort = sort
        self.name = sort.removeprefix("-")
        self._descending = sort.startswith("-")
        # Ids are UUIDv7: their order is the order of creation.
        self._columns = ["id"] if self.name == "created_at" else [self.name, "id"]

    def by(self) -> Composed:
        direction = SQL(" desc" if self._descending else "")
        return SQL(", ").join(Identifier(column) + direction for column in self._columns)

    def backwards(self) -> Composed:
        direction = SQL("" if self._descending else " desc")
        return SQL(", ").join(Identifier(column) + direction for column in self._columns)

    def cursor(self, row: dict[str, Any]) -> str:
        value = row[self.name]
        text = f"{self.sort} {row['id'].hex} {value.isoformat() if hasattr(value, 'isoformat') else value}"
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def after(self, cursor: str) -> list[Composed]:
        """The condition of every row behind the one that `cursor` names; raises Invalid for a cursor not of ours."""
        values = [Quoted(value) for value in self._read(cursor)][-len(self._columns) :]
        columns = SQL(", ").join(map(Identifier, self._columns))
        comparison = SQL("<" if self._descending else ">")
        return [SQL("({}) {} ({})").format(columns, comparison, SQL(", ").join(values))]

    def _read(self, cursor: str) -> tuple[Any, UUID]:
        try:
            text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
            sort, id, value = text.split(" ", 2)
            if sort != self.sort:
                raise ValueError("made for another sort")
            checked = _PRIORITY.validate_json(value) if self.name == "priority" else _TIME.validate_python(value)
            return checked, UUID(id)
        except (ValueError, ValidationError):
            message = "is not a next_cursor of this list with this sort"
            raise Invalid(f"cursor {message}", [fault(("cursor",), message)]) from None


_PRIORITY: TypeAdapter[int] = TypeAdapter(Priority)
_TIME: TypeAdapter[Any] = TypeAdapter(Timestamp)


def _search(store: JobStore, query: Query, order: Order, conditions: list[Composed]) -> dict[str, Any]:
    looked = _page(query, conditions, order, SEARCHED_ROWS)
    rows = store.select(
        SQL("select * from ({}) looked where {} order by {} limit {}").format(
            looked, query.matches_text(), order.by(), Quoted(query.limit + 1)
        )
    )
    if len(rows) > query.limit:
        return {"items": rows[: query.limit], "next_cursor": order.cursor(rows[query.limit - 1]), "searched": None}
    last = store.select(
        SQL("select count(*) over () as searched, * from ({}) looked order by {} limit 1").format(
            looked, order.backwards()
        )
    )
    if not last or last[0]["searched"] < SEARCHED_ROWS:
        return {"items": rows, "next_cursor": None, "searched": None}
    return {"items": rows, "next_cursor": order.cursor(last[0]), "searched": SEARCHED_ROWS}


def _page(filter: Filter, conditions: Sequence[Composable], order: Order, limit: int) -> Composed:
    return SQL("select {} from {} order by {} limit {}").format(
        COLUMNS, _rows(filter, conditions, order, limit), order.by(), Quoted(limit)
    )


def _rows(filter: Filter, conditions: Sequence[Composable], order: Order, limit: int) -> Composed:
    # The first rows of each range, of which the first are chosen; as one condition, all would be read and sorted.
    each = [
        SQL("(select * from {} where {} order by {} limit {})").format(
            range.table, _all([*range.conditions, *conditions]), order.by(), Quoted(limit)
        )
        for range in filter.ranges(order.name == "created_at")
    ]
    return SQL("({}) jobs").format(SQL(" union all ").join(each))


def _all(conditions: Sequence[Composable]) -> Composable:
    return SQL(" and ").join(conditions) if conditions else SQL("true")
