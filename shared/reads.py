"""Which read answers which GET."""

from collections.abc import Callable

from shared import listing, reading, stats
from shared.due_index import DueIndex
from shared.http import Call, Reply
from shared.job_store import JobStore
from shared.openapi import document
from shared.settings import Settings

Read = Callable[[Call, JobStore, DueIndex, Settings], Reply]


def _list(call: Call, store: JobStore, index: DueIndex, settings: Settings) -> Reply:
    return Reply(listing.list_jobs(store, call.params(listing.QUERY)))


def _count(call: Call, store: JobStore, index: DueIndex, settings: Settings) -> Reply:
    return Reply(listing.count_jobs(store, call.params(listing.FILTER)))


def _stats(call: Call, store: JobStore, index: DueIndex, settings: Settings) -> Reply:
    return Reply(stats.job_stats(store, index, call.params(stats.QUERY), settings.tick_silence_seconds))


def _detail(call: Call, store: JobStore, index: DueIndex, settings: Settings) -> Reply:
    return Reply(reading.job_detail(store, index, call.the_id, settings.tick_silence_seconds))


def _job_types(call: Call, store: JobStore, index: DueIndex, settings: Settings) -> Reply:
    return Reply(reading.job_types())


def _health(call: Call, store: JobStore, index: DueIndex, settings: Settings) -> Reply:
    body = reading.health(store, index, settings.tick_silence_seconds)
    return Reply(body, 503 if body["status"] == "down" else 200)


def _openapi(call: Call, store: JobStore, index: DueIndex, settings: Settings) -> Reply:
    return Reply(document())


READS: dict[str, Read] = {
    "list": _list,
    "count": _count,
    "stats": _stats,
    "detail": _detail,
    "job_types": _job_types,
    "health": _health,
    "openapi": _openapi,
}
