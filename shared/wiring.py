"""The one place that builds what a process shares, late and once: nothing here opens a socket at import."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from shared.batch_size import BatchSize
from shared.connections import database
from shared.due_index import DueIndex
from shared.garbage import collect_less
from shared.job_store import JobStore
from shared.keys import KeyStore
from shared.redis_client import client
from shared.settings import settings
from shared.turns import take_short_turns

__all__ = ["alerts", "batch_size", "database", "index", "keys", "runner", "settings", "store", "tick"]

if TYPE_CHECKING:
    from shared.alerts.store import AlertStore
    from shared.alerts.watch import SilenceWatch
    from shared.runner import Runner
    from shared.tick import Tick


@cache
def store() -> JobStore:
    collect_less()
    take_short_turns()
    return JobStore(database())


@cache
def keys() -> KeyStore:
    return KeyStore(database())


@cache
def index() -> DueIndex:
    chosen = settings()
    return DueIndex(
        client(chosen.redis_url.get_secret_value()), chosen.priority_step_seconds, shards=chosen.index_shards
    )


def alerts() -> "AlertStore":
    from shared.alerts.store import AlertStore

    return AlertStore(database())


@cache
def silence_watch() -> "SilenceWatch":
    from shared.alerts.watch import SilenceWatch

    return SilenceWatch()


def watch_jobs() -> None:
    """Tell what is wrong, at the end of a tick that reconciled."""
    from shared.alerts.watch import watch_jobs
    from shared.stats import DUE_CAP

    watch_jobs(alerts(), lambda: int(store().due(DUE_CAP)["count"]), settings())


def watch_ticks(ticked_at: datetime | None) -> None:
    """Tell that no tick comes; `ticked_at` is when the latest came."""
    silence_watch().tell(alerts(), ticked_at, store().now, settings())


@cache
def runner() -> "Runner":
    from shared.handlers import handlers
    from shared.runner import Runner

    chosen = settings()
    collect_less()
    return Runner(store(), index(), handlers(), chosen.tick_concurrency, chosen.lease_seconds)


@cache
def batch_size() -> BatchSize:
    return BatchSize(settings().tick_concurrency, settings().max_batch)


def tick(shards: Sequence[int] = ()) -> "Tick":
    """A new tick over the process's shared parts, for `shards` of the index, or those of TICK_SHARDS, or all."""
    from shared.dispatch import dispatch_of
    from shared.tick import Tick

    chosen = settings()
    mine = index().narrowed(shards or chosen.tick_shards or index().portion.shards)
    return Tick(store(), mine, dispatch_of(chosen, runner, index()), batch_size(), chosen, watch_jobs)
