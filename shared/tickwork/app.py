"""The one place that builds what a process shares, late and once: nothing here opens a socket at import."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from tickwork.auth.keys import KeyStore
from tickwork.connections import database
from tickwork.core.settings import settings
from tickwork.engine.batch_size import BatchSize
from tickwork.engine.interpreter import collect_less
from tickwork.engine.turns import take_short_turns
from tickwork.stores.postgres.job_store import JobStore
from tickwork.stores.redis.connection import client
from tickwork.stores.redis.due_index import DueIndex

__all__ = ["alerts", "batch_size", "database", "index", "keys", "runner", "settings", "store", "tick"]

if TYPE_CHECKING:
    from tickwork.alerts.watch import SilenceWatch
    from tickwork.engine.runner import Runner
    from tickwork.engine.tick import Tick
    from tickwork.stores.postgres.alert_store import AlertStore


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
    from tickwork.stores.postgres.alert_store import AlertStore

    return AlertStore(database())


@cache
def silence_watch() -> "SilenceWatch":
    from tickwork.alerts.watch import SilenceWatch

    return SilenceWatch()


def watch_jobs() -> None:
    """Tell what is wrong, at the end of a tick that reconciled."""
    from tickwork.alerts.watch import watch_jobs
    from tickwork.jobs.stats import DUE_CAP

    watch_jobs(alerts(), lambda: int(store().due(DUE_CAP)["count"]), settings())


def watch_ticks(ticked_at: datetime | None) -> None:
    """Tell that no tick comes; `ticked_at` is when the latest came."""
    silence_watch().tell(alerts(), ticked_at, store().now, settings())


@cache
def runner() -> "Runner":
    from tickwork.core.handler import handlers
    from tickwork.engine.runner import Runner

    chosen = settings()
    collect_less()
    return Runner(store(), index(), handlers(), chosen.tick_concurrency, chosen.lease_seconds)


@cache
def batch_size() -> BatchSize:
    return BatchSize(settings().tick_concurrency, settings().max_batch)


def tick(shards: Sequence[int] = ()) -> "Tick":
    """A new tick over the process's shared parts, for `shards` of the index, or those of TICK_SHARDS, or all."""
    from tickwork.engine.dispatch.http import dispatch_of
    from tickwork.engine.tick import Tick

    chosen = settings()
    mine = index().narrowed(shards or chosen.tick_shards or index().portion.shards)
    return Tick(store(), mine, dispatch_of(chosen, runner, index()), batch_size(), chosen, watch_jobs)
