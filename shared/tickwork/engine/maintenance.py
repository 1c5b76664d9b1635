"""What a tick does besides draining, on its own slow cadence: reconcile index and table, fold counts, prune."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic

from tickwork.core.errors import IndexDown
from tickwork.core.failpoints import passing
from tickwork.core.job import Settled
from tickwork.core.settings import Settings
from tickwork.core.sharding import WHOLE, Portion
from tickwork.engine.report import Report
from tickwork.stores.postgres.job_store import JobStore
from tickwork.stores.redis.due_index import EVERYTHING, DueIndex

PRUNE_SECONDS, PRUNE_BITE = 1.0, 5000


def keep_house(
    store: JobStore, index: DueIndex, settings: Settings, reconcile: int, asking: Portion, report: Report
) -> None:
    """Do what may wait until the due jobs are done. `reconcile` as in Taken, for the shards `asking`."""
    if reconcile == EVERYTHING:
        try:
            report.add({"reconciled": index_everything(store, index, portion=asking)})
        except IndexDown:
            report.degrade("redis")
    with suppress(IndexDown):
        index.retire()
    store.note_tick()  # should the index go away, Postgres knows how lately ticks came
    passing("house.before_fold")
    store.fold()
    if repaired := report.count_since("reconciled"):
        store.add_total("reconciled", repaired)
    report.add({"pruned": prune(store, settings)})


def index_due_soon(store: JobStore, index: DueIndex, period_seconds: float, portion: Portion = WHOLE) -> int:
    """Put running rows and rows due within two periods into the index where it lacks them; returns how many.

    Later rows come into that window before they are due, so this alone heals any index in time.
    """
    return _add_pages(index, store.due_soon(2 * period_seconds, portion))


def index_everything(
    store: JobStore, index: DueIndex, told: Callable[[int], None] = lambda _: None, portion: Portion = WHOLE
) -> int:
    """The same for every waiting and running row, by pages: memory stays flat however many there are.

    `told` is called after each page with the number of rows looked at.
    """
    return _add_pages(index, store.unfinished(portion), told)


def prune(store: JobStore, settings: Settings) -> int:
    """Delete final rows, idempotency keys and audit rows past their age, for about a second each; returns how many
    jobs went."""
    _in_bites(lambda: store.prune_keys(settings.keep_idempotency_seconds, PRUNE_BITE))
    _in_bites(lambda: store.prune_audit(settings.keep_audit_seconds, PRUNE_BITE))
    return _in_bites(lambda: store.prune(settings.keep_completed_seconds, settings.keep_failed_seconds, PRUNE_BITE))


def _in_bites(remove: Callable[[], int]) -> int:
    removed, until = 0, monotonic() + PRUNE_SECONDS
    while bite := remove():
        removed += bite
        if bite < PRUNE_BITE or monotonic() > until:
            break
    return removed


def _add_pages(index: DueIndex, pages: Iterable[list[Settled]], told: Callable[[int], None] = lambda _: None) -> int:
    passing("reconcile.before")
    looked = missing = 0
    for page in pages:
        missing += index.index_missing(page)
        passing("reconcile.page")
        looked += len(page)
        told(looked)
    return missing
