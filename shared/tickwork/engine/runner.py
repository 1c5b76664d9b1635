"""Claim → run handlers → settle: what becomes of ids that were taken, by the tick itself or in run_jobs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import reduce
from time import monotonic, sleep
from uuid import UUID

import psycopg

from tickwork.core.errors import IndexDown, Unavailable
from tickwork.core.failpoints import passing
from tickwork.core.handler import Handler
from tickwork.core.job import Claimed, JobStatus, Outcome, Settled, Settlement
from tickwork.core.shutdown import stopping
from tickwork.core.text import json_text, printable
from tickwork.engine.attempt_log import log_claimed, log_outcomes
from tickwork.engine.batch import Batch
from tickwork.engine.concurrency import Slots
from tickwork.engine.report import GONE, Report
from tickwork.stores.postgres.job_store import JobStore
from tickwork.stores.redis.due_index import DueIndex

RENEWALS_PER_LEASE = 3
SETTLE_AGAIN_SECONDS = 0.2


class Runner:
    """One for each process: its slots bound the handlers of all batches together."""

    def __init__(
        self, store: JobStore, index: DueIndex, handlers: Mapping[str, Handler], concurrency: int, lease_seconds: float
    ):
        self._store = store
        self._index = index
        self._handlers = handlers
        self._concurrency = concurrency
        self._lease_seconds = lease_seconds
        limits = {name: handler.max_concurrency for name, handler in handlers.items() if handler.max_concurrency}
        self._slots = Slots(concurrency, limits)

    def run(self, ids: Sequence[UUID], until: float, report: Report) -> int:
        """Work off `ids`, starting no handler after `until` (monotonic seconds). Returns how many could be claimed."""
        claimed = 0
        # A second time only for rows whose lease expired and that run without company (rescue_jobs.sql).
        while ids:
            leased_until = monotonic() + self._lease_seconds
            jobs = self._claim(ids)
            ids = self._left(ids, jobs, report)
            self._work_off(jobs, until, leased_until, report)
            claimed += len(jobs)
            if monotonic() >= until or stopping():
                self._put_back(ids)
                break
        return claimed

    def _work_off(self, jobs: list[Claimed], until: float, leased_until: float, report: Report) -> None:
        log_claimed(jobs)
        begun = self._begun(jobs, report)
        batch = Batch(begun, self._handlers, self._slots, self._concurrency, until, leased_until)
        passing("run.begin")
        renew_every = self._lease_seconds / RENEWALS_PER_LEASE
        renew_at = monotonic() + renew_every
        for outcomes in batch.run():
            self._settle(jobs, outcomes, report)
            if monotonic() >= renew_at:
                renew_at = monotonic() + renew_every
                self._renew(batch, report)

    def _claim(self, ids: Sequence[UUID]) -> list[Claimed]:
        try:
            passing("claim.before")
            jobs = self._store.claim(ids, self._lease_seconds)
            passing("claim.committed")
            return jobs
        except Unavailable:
            self._put_back(ids)
            raise

    def _put_back(self, ids: Sequence[UUID]) -> None:
        with suppress(IndexDown):  # the leases bring them back
            self._index.put_back(ids)

    def _left(self, ids: Sequence[UUID], jobs: list[Claimed], report: Report) -> list[UUID]:
        """What is still to be claimed: rows that are not claimed together with others. The index follows the rest:
        cancelled, moved, claimed by another, or never a row."""
        if len(jobs) == len(ids):
            return []
        missed = set(ids) - {job.id for job in jobs}
        try:
            left = self._store.find_expired(list(missed)) if jobs else []
            standing = self._standing(missed.difference(left))
            self._follow(standing, report)
            report.add({GONE: sum(row.status != JobStatus.PENDING and not row.lease_expires_at for row in standing)})
            return left
        except Unavailable:
            return []  # what was claimed is to run; the leases bring the others back

    def _begun(self, jobs: list[Claimed], report: Report) -> list[Claimed]:
        begun = [job for job in jobs if job.status == JobStatus.IN_PROGRESS]
        ended = [job for job in jobs if job.status != JobStatus.IN_PROGRESS]
        report.add({"rescued": sum(job.rescued for job in begun), **Counter(job.status for job in ended)})
        if ended:
            self._follow([Settled(job.id, job.status, job.priority, job.scheduled_at, None) for job in ended], report)
        return begun

    def _settle(self, jobs: list[Claimed], outcomes: list[Outcome], report: Report) -> None:
        if not outcomes:
            return
        passing("settle.before")
        settled = self._settle_surely(outcomes)
        refused, outcomes = settled.refused(outcomes), settled.written(outcomes)
        report.add(Counter(outcome.outcome for outcome in outcomes if outcome.id not in refused))
        report.add({"refused": len(refused)})
        log_outcomes(jobs, outcomes, refused)
        self._follow(settled.waiting + self._standing(refused), report, settled.ended)
        if refused:
            with suppress(Unavailable):
                self._store.add_total("refused", len(refused))
        passing("settle.indexed")

    def _settle_surely(self, outcomes: list[Outcome]) -> Settlement:
        # The work is done: an outage shorter than the lease must not make it be done again.
        give_up = monotonic() + self._lease_seconds
        while True:
            try:
                settled = self._settle_each(outcomes)
                passing("settle.committed")
                return settled
            except Unavailable:
                if monotonic() >= give_up:
                    raise
                sleep(SETTLE_AGAIN_SECONDS)

    def _settle_each(self, outcomes: list[Outcome]) -> Settlement:
        # A value that Postgres refuses after all must not take its neighbours' results along.
        try:
            return self._store.settle(outcomes)
        except psycopg.DataError as error:
            if len(outcomes) == 1:
                culprit = outcomes[0]
                reason = f"its outcome cannot be stored: {printable(error, 200)}"
                return self._store.settle([Outcome(culprit.id, culprit.attempt, "failed", reason)])
            return reduce(Settlement.with_, (self._settle_each([outcome]) for outcome in outcomes))

    def _renew(self, batch: Batch, report: Report) -> None:
        held = {job.id: (job, context) for job, context in batch.held()}
        if not held:
            return
        rows = [
            (
                job.id,
                job.attempt,
                json_text(context.latest_progress).decode() if context and context.latest_progress else None,
            )
            for job, context in held.values()
        ]
        leased_until = monotonic() + self._lease_seconds
        try:
            passing("renew.before")
            renewed = self._store.renew(rows, self._lease_seconds)
            passing("renew.committed")
        except Unavailable:
            return  # the next renewal may come in time
        stop = {row.id for row, asked_to_stop in renewed if asked_to_stop}
        lost = held.keys() - {row.id for row, _ in renewed}
        batch.cancel_waiting(stop | lost)  # of a lost one the fence refuses even that
        batch.leased_until = leased_until
        for id in stop | lost:
            if context := held[id][1]:
                context.ask_to_stop()
        self._follow([row for row, _ in renewed], report)

    def _standing(self, ids: set[UUID]) -> list[Settled]:
        return self._store.standing(list(ids)) if ids else []

    def _follow(self, rows: list[Settled], report: Report, ended: Sequence[bytes] = ()) -> None:
        try:
            self._index.settle(rows, ended)
        except IndexDown:
            report.degrade("redis")  # reconcile makes the index follow later
