"""One tick: drain what is due, then keep house. Called every five seconds, safe to call twice at once.

    taken    = due_index.take(limit, lease)      # Redis, one script: rescue expired leases, promote due, take the best
    jobs     = job_store.claim(taken)            # Postgres, one statement or two: pending → in_progress, attempt + 1
    outcomes = batch.run(jobs)                   # handlers, bounded concurrency, a timeout each
    settled  = job_store.settle(outcomes)        # Postgres, one statement: completed | pending + backoff | failed
    due_index.settle(settled)                    # Redis, one round trip: drop leases, re-add retries

`_take` is the first line; runner.py does the other four, here or in run_jobs. A claim's second statement is for expired
leases only. When one take came back full, two more
lanes do the same beside the first, so that batches are claimed and settled while another runs. An idle tick is `take`
alone.
With TICK_LINGER_SECONDS it then stays, and starts jobs the moment they become due (long_poll.py).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from datetime import datetime
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from tickwork.core.errors import IndexDown, Unavailable
from tickwork.core.failpoints import passing
from tickwork.core.settings import Settings
from tickwork.core.shutdown import stopping
from tickwork.engine.attempt_log import log_work
from tickwork.engine.batch_size import BatchSize
from tickwork.engine.dispatch.http import Dispatch
from tickwork.engine.keeping import Keeping
from tickwork.engine.long_poll import Lingering
from tickwork.engine.maintenance import index_due_soon, keep_house
from tickwork.engine.report import GONE, Report
from tickwork.stores.postgres.job_store import JobStore
from tickwork.stores.redis.due_index import DueIndex, Taken

LANES = 3  # one runs handlers, one is in Postgres, one on its way; a fourth gains nothing
AWAY_SECONDS = 1.0  # between two looks at the table, while a tick stays without the index


class Tick:
    """The budget bounds how long new jobs are taken; handlers that run by then are waited for."""

    def __init__(
        self,
        store: JobStore,
        index: DueIndex,
        dispatch: Dispatch,
        batch_size: BatchSize,
        settings: Settings,
        watch: Callable[[], None] = lambda: None,
    ):
        self._store = store
        self._index = index
        self._dispatch = dispatch
        self._batch_size = batch_size
        self._settings = settings
        self._watch = watch  # called whenever house was kept
        self._report = Report()
        self._house = Keeping(self._keep_house)
        self._asking: frozenset[int] = frozenset()  # shards that were to be compared with the table
        self._next_due_at: datetime | None = None

    def run(self) -> dict[str, Any]:
        """Counts of what was done, the stores that were away, `next_due_at` or None, and `duration_ms`."""
        start = monotonic()
        self._drain(start + self._settings.tick_budget_seconds)
        if self._settings.tick_linger_seconds:
            with self._house.beside():
                self._linger(start + self._settings.tick_linger_seconds)
        self._house.finish()
        took = round((monotonic() - start) * 1000)
        done = self._report.as_dict() | {"next_due_at": self._next_due_at, "duration_ms": took}
        log_work("tick.done", done)
        return done

    def _keep_house(self, level: int) -> None:
        asking = self._index.portion.narrowed(tuple(self._asking))
        keep_house(self._store, self._index, self._settings, level, asking, self._report)
        self._watch()

    def _drain(self, until: float) -> None:
        limit = self._batch_size.limit
        ids = self._take_or_find()
        with ThreadPoolExecutor(max_workers=LANES) as beside:
            others = LANES - 1 if len(ids) >= limit else 0
            lanes = [beside.submit(copy_context().run, self._further_lane, until) for _ in range(others)]
            self._lane(ids, until)
            for lane in lanes:
                lane.result()

    def _further_lane(self, until: float) -> None:
        self._lane(self._take_or_find(), until)

    def _lane(self, ids: list[UUID], until: float) -> None:
        while ids and self._hand_out(ids, until) and monotonic() < until and not stopping():
            ids = self._take_or_find()

    def _linger(self, until: float) -> None:
        while monotonic() < until and not stopping():
            try:
                most = self._settings.tick_concurrency
                Lingering(self._index, self._take, self._hand_out, most).run(until)
                break
            except IndexDown:  # goes on from Postgres: where ticks that stay come by the minute, the next is far
                self._report.degrade("redis")
                sleep(max(0.0, min(AWAY_SECONDS, until - monotonic())))
                self._drain(until)

    def _hand_out(self, ids: list[UUID], until: float) -> int:
        """How many of `ids` were dealt with: claimed, or leftovers of the index. 0 ends the lane: the stores' clocks
        differ, or another tick has them."""
        passing("tick.after_take")
        self._report.add({"taken": len(ids)})
        gone = self._report.count(GONE)
        with self._batch_size.measure(len(ids)):
            return self._dispatch(ids, until, self._report) + self._report.count(GONE) - gone

    def _take_or_find(self) -> list[UUID]:
        try:
            return self._take().ids
        except IndexDown:
            self._report.degrade("redis")
            self._store.note_tick()
            return self._store.find_due(self._batch_size.limit, self._index.portion)

    def _take(self) -> Taken:
        limit = self._batch_size.limit
        taken = self._index.take(limit, self._settings.lease_seconds, self._settings.reconcile_seconds)
        self._next_due_at = taken.next_due_at
        if not taken.reconcile and not taken.away:
            return taken
        try:
            taken.ids.extend(self._due_on_shards_away(taken.away, limit - len(taken.ids)))
            self._index_due_soon(taken)
        except Unavailable:
            with suppress(IndexDown):  # else they would wait for their leases to end
                self._index.put_back(taken.ids)
            raise
        return taken if taken.ids or not taken.reconcile else self._take()

    def _index_due_soon(self, taken: Taken) -> None:
        if not taken.reconcile:
            return
        self._asking = self._asking | {*taken.asking}
        period, portion = self._settings.reconcile_seconds, self._index.portion.narrowed(taken.asking)
        try:
            self._report.add({"reconciled": index_due_soon(self._store, self._index, period, portion)})
        finally:
            self._house.ask(taken.reconcile)

    def _due_on_shards_away(self, shards: tuple[int, ...], room: int) -> list[UUID]:
        """Due ids of shards that are away: as many as there is room for, and their share beside a backlog of others."""
        if not shards:
            return []
        self._report.degrade("redis")
        self._store.note_tick()
        share = self._batch_size.limit * len(shards) // len(self._index.portion.shards)
        return self._store.find_due(max(1, share, room), self._index.portion.narrowed(shards))
