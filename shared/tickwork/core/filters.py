"""Which jobs a list, a count or a bulk action is about: checked parameters, and the WHERE clause they make."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple, TypeVar
from uuid import UUID

from psycopg.sql import SQL, Composed, Identifier
from psycopg.sql import Literal as Quoted
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tickwork.core.job import FINAL, JobStatus, Priority, Timestamp, TypeName

CONDITIONS = {
    "priority_min": SQL("priority >= {}"),
    "priority_max": SQL("priority <= {}"),
    "scheduled_from": SQL("scheduled_at >= {}"),
    "scheduled_to": SQL("scheduled_at < {}"),
    "created_from": SQL("created_at >= {}"),
    "created_to": SQL("created_at < {}"),
}
MAX_SKEW = timedelta(hours=1)
OPEN = "open"
PHASES = [OPEN, *sorted(FINAL)]
MAX_RANGES = 16

JOBS = SQL("tickwork.jobs")
RUNNING = SQL("tickwork.running() running")

T = TypeVar("T")


def _each_once(values: list[T]) -> list[T]:
    return list(dict.fromkeys(values))


OneOrSeveral = Annotated[list[T], AfterValidator(_each_once)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class Range(NamedTuple):
    """Rows of `table` that fulfil `conditions`."""

    table: SQL
    conditions: list[Composed]

    def narrowed(self, column: str, values: Sequence[str]) -> "Range":
        return self._replace(conditions=[*self.conditions, _one_of(column, values)]) if values else self


class Filter(BaseModel):
    """Every part narrows; none given means every job. Ranges are half open: from ≤ x < to; priorities are inclusive."""

    model_config = ConfigDict(extra="forbid")

    status: OneOrSeveral[JobStatus] = Field([], description="One or several.")
    type: OneOrSeveral[TypeName] = Field([], max_length=50, description="One or several.")
    priority_min: Priority | None = Field(None, description="Priority at least.")
    priority_max: Priority | None = Field(None, description="Priority at most.")
    scheduled_from: Timestamp | None = Field(None, description="Due at or after.")
    scheduled_to: Timestamp | None = Field(None, description="Due before.")
    created_from: Timestamp | None = Field(None, description="Created at or after.")
    created_to: Timestamp | None = Field(None, description="Created before.")
    q: Text | None = Field(
        None, description="Part of the id, type, failed_reason or a payload up to 4 KiB, in either case."
    )

    def where(self) -> list[Composed]:
        """Conditions on `jobs`, all but status, type and the text search."""
        given = self.model_dump(mode="json", include=set(CONDITIONS), exclude_none=True)
        return [CONDITIONS[name].format(Quoted(given[name])) for name in given] + self._id_bounds()

    def ranges(self, by_creation: bool) -> list[Range]:
        """Status and type as ranges of rows, each of which one index holds in the order that is asked for."""
        if by_creation and not self.status and not self.type:
            return [Range(JOBS, [])]
        phases = [self._range(phase) for phase in PHASES if self._within(phase)]
        if not by_creation or len(phases) * len(self.type) > MAX_RANGES:
            return [range.narrowed("type", self.type) for range in phases]
        return [range.narrowed("type", types) for range in phases for types in ([[t] for t in self.type] or [[]])]

    def _within(self, phase: str) -> list[JobStatus]:
        statuses = self.status or list(JobStatus)
        return [status for status in statuses if phase == (status if status.final else OPEN)]

    def _range(self, phase: str) -> Range:
        if self._within(phase) == [JobStatus.IN_PROGRESS]:
            return Range(RUNNING, [])
        range = Range(JOBS, []).narrowed("phase", [phase])
        return range.narrowed("status", ["pending"]) if self._within(phase) == [JobStatus.PENDING] else range

    def _id_bounds(self) -> list[Composed]:
        # Ids begin with the caller's clock in ms (UUIDv7): they narrow a range of creation times by the primary key,
        # give or take how far that clock and the database's may differ.
        bounds = []
        if self.created_from:
            bounds.append(SQL("id >= {}").format(Quoted(_id_at(self.created_from - MAX_SKEW))))
        if self.created_to:
            bounds.append(SQL("id < {}").format(Quoted(_id_at(self.created_to + MAX_SKEW))))
        return bounds

    def matches_text(self) -> Composed:
        """The text search as a condition; `%` and `_` are taken as they are."""
        escaped = (self.q or "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        columns = [SQL("id::text"), SQL("type"), SQL("payload::text"), SQL("failed_reason")]
        pattern = Quoted(f"%{escaped}%")
        return SQL("({})").format(SQL(" or ").join(SQL("{} ilike {}").format(column, pattern) for column in columns))


def _one_of(column: str, values: Sequence[str]) -> Composed:
    # `=` and not `any` where one will do: only then does Postgres read the index in the order of its next column.
    if len(values) == 1:
        return SQL("{} = {}").format(Identifier(column), Quoted(str(values[0])))
    return SQL("{} = any({})").format(Identifier(column), Quoted([str(value) for value in values]))


class QueryFilter(Filter):
    """The same from a query string, where everything is text: lists are repeated or comma-separated."""

    @model_validator(mode="before")
    @classmethod
    def from_text(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: READERS.get(name, _as_it_is)(value) for name, value in values.items()}


def _as_it_is(value: Any) -> Any:
    return value


def _list(value: Any) -> Any:
    texts = [value] if isinstance(value, str) else value
    return [part for text in texts for part in text.split(",")]


def _int(value: Any) -> Any:
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value) else value


READERS = {"status": _list, "type": _list, "priority_min": _int, "priority_max": _int, "limit": _int}


def _id_at(at: datetime) -> UUID:
    return UUID(int=int(at.timestamp() * 1000) << 80)
