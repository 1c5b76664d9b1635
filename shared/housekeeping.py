"""What a tick does besides draining, on its own slow cadence: reconcile index and table, fold counts, prune."""

from collections.abc import Iterable

from shared.due_index import DueIndex, IndexDown
from shared.job import Settled
from shared.job_store import JobStore
from shared.report import Report
from shared.settings import Settings

EVERYTHING = 2


def keep_house(store: JobStore, index: DueIndex, settings: Settings, reconcile: int, report: Report) -> None:
    """Do what is due. `reconcile` as in Taken: 0 nothing, 1 rows due soon, 2 every row."""
    if not reconcile:
        return
    try:
        found = reconcile_index(store, index, settings.reconcile_seconds, everything=reconcile == EVERYTHING)
        report.add({"reconciled": found})
    except IndexDown:
        report.degrade("redis")
    store.fold()
    report.add({"pruned": prune(store, settings)})


def reconcile_index(store: JobStore, index: DueIndex, period_seconds: float, *, everything: bool) -> int:
    """Put into the index what the table says it lacks; returns how many. Goes by pages, so memory stays flat.

    Rows due within two periods are enough: later ones come into that window before they are due.
    """
    found = _add_pages(index, store.due_soon(2 * period_seconds))
    return found + (_add_pages(index, store.unfinished()) if everything else 0)


def prune(store: JobStore, settings: Settings) -> int:
    """Delete final rows and idempotency keys past their age, one bounded bite; returns how many jobs went."""
    store.prune_keys(settings.keep_idempotency_seconds)
    return store.prune(settings.keep_completed_seconds, settings.keep_failed_seconds)


def _add_pages(index: DueIndex, pages: Iterable[list[Settled]]) -> int:
    return sum(index.index_missing(page) for page in pages if page)
