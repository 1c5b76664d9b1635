"""The body of a request as values of the library."""

from pydantic import TypeAdapter

from tickwork.api.endpoint import Call
from tickwork.core.job import NewJob
from tickwork.jobs.create import check_key

NEW_JOB = TypeAdapter(NewJob)
NEW_JOBS = TypeAdapter(list[NewJob])


def requested(call: Call) -> tuple[list[NewJob], bool, str | None]:
    """The jobs of a request, whether they came as a list, and its Idempotency-Key."""
    key = call.headers.get("Idempotency-Key")
    check_key(key)
    if call.body.lstrip()[:1] == b"[":
        return call.json(NEW_JOBS), True, key
    return [call.json(NEW_JOB)], False, key
