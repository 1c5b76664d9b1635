"""What a handler writes into its attempt's log."""

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from pydantic_core import from_json

from tickwork.core.context import JobContext
from tickwork.core.job import Claimed
from tickwork.core.text import json_text

STARTED_AT = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))  # the zone of a session is anybody's


@pytest.fixture
def job() -> JobContext:
    return JobContext(Claimed(uuid4(), "a", "in_progress", "{}", 0, 1, 0, 3, STARTED_AT, STARTED_AT, False), 60)


def test_its_times_are_written_like_all_others(job: JobContext) -> None:
    job.log("begun")
    assert job.logs[0]["at"].startswith("2026-01-01T00:00:")
    assert job.logs[0]["at"].endswith("Z")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (7, 7), (-1.5, -1.5), (True, True), ("7", "7"), (None, "None"), ({"a": 1}, "{'a': 1}"), (10**20, str(10**20)),
        (10**400, str(10**400)), (float("nan"), "nan"), (float("-inf"), "-inf"), (1e300, "1e+300"),
    ],
)  # fmt: skip
def test_numbers_stay_numbers_as_far_as_every_reader_holds_them(job: JobContext, value: Any, kept: Any) -> None:
    job.log("counted", value=value)
    (line,) = from_json(json_text(job.logs))
    assert (type(line["value"]), line["value"]) == (type(kept), kept)
