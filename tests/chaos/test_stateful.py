"""Any sequence of what callers, ticks, dying workers and a broken index can do, on the real servers.

Beside the table runs a plain account of what each job must look like; after every step the rows are exactly that.
What the index holds may be anything: it decides only which ids are offered to a claim. STATEFUL_EXAMPLES=5000
STATEFUL_STEPS=50 is the long form.
"""

import os
from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import Any, ClassVar
from uuid import UUID

import psycopg
import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.integration.handlers import Anything
from tickwork.core.errors import Conflict
from tickwork.core.handler import Handler, handlers
from tickwork.core.job import Claimed, NewJob, Outcome, When
from tickwork.engine.maintenance import index_everything
from tickwork.jobs import control, create

EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "60"))
STEPS = int(os.environ.get("STATEFUL_STEPS", "40"))
FAR = 3600.0
LEASE = 600.0
FINAL = {"completed", "failed", "cancelled"}
OUTCOMES = ["completed", "retry", "failed", "cancelled", "released"]
JOBS = 4  # few, so that they meet
REPORTS = st.sampled_from([*OUTCOMES, "renew", "renew"])
KEYS = ["scheduled", "ready", "leased"]


@dataclass(frozen=True)
class Account:
    """What the row must say, and how often the job was started since its caller last asked for it."""

    status: str
    max_retries: int
    due: bool
    attempt: int = 0
    retries: int = 0
    asked: bool = False
    expired: bool = False
    starts: int = 0
    told: bool = False  # that it is cancelled
    results: dict[int, str] = field(default_factory=dict)  # outcome of each attempt that has one

    def row(self) -> tuple[Any, ...]:
        return self.status, self.attempt, self.retries, self.asked

    def ended(self, status: str, outcome: str) -> "Account":
        return changed(self, status=status, expired=False, results=self.results | {self.attempt: outcome})

    def claimable(self) -> bool:
        return (self.status == "pending" and self.due) or (self.status == "in_progress" and self.expired)

    def claimed(self) -> "Account":
        """After a claim that may have it."""
        if self.status == "pending":
            return changed(self, status="in_progress", attempt=self.attempt + 1)
        lost = self.ended(self.status, "expired")
        if self.asked:
            return changed(lost, status="cancelled", retries=min(self.retries + 1, self.max_retries))
        if self.retries >= self.max_retries:
            return changed(lost, status="failed")
        return changed(lost, attempt=self.attempt + 1, retries=self.retries + 1)

    def settled(self, outcome: str) -> "Account":
        """After the result of the attempt that the row is at."""
        if outcome in FINAL:
            return self.ended(outcome, outcome)
        retries = self.retries + (outcome == "retry")
        if self.asked:
            after, said = changed(self, status="cancelled", retries=retries, expired=False), "cancelled"
        else:
            due = self.due or outcome == "retry"
            after, said = changed(self, status="pending", retries=retries, expired=False, due=due), outcome
        return after if outcome == "released" else changed(after, results=self.results | {self.attempt: said})


class Machine(RuleBasedStateMachine):
    stores: ClassVar[tuple[Any, psycopg.Connection, redis.Redis]]

    ids = Bundle("ids")
    held = Bundle("held")  # what a worker believes to own

    @initialize()
    def empty(self) -> None:
        self.wired, self.sql, self.raw = self.stores
        self.sql.execute("truncate tickwork.jobs, tickwork.job_attempts, tickwork.idempotency_keys")
        self.raw.flushdb()
        self.jobs: dict[UUID, Account] = {}
        self.old: dict[str, bytes] = {}
        self.started: dict[UUID, list[int]] = {}

    # Callers

    @precondition(lambda self: len(self.jobs) < JOBS)
    @rule(
        target=ids,
        count=st.integers(1, 2),
        max_retries=st.integers(0, 3),
        due=st.sampled_from([True, True, True, False]),
    )
    def create(self, count: int, max_retries: int, due: bool) -> Any:
        job = NewJob(type="told", max_retries=max_retries, delay_seconds=0 if due else FAR)
        made, _ = create.create_jobs(self.wired.store(), self.wired.index(), [job] * count)
        self.jobs |= {view["id"]: Account("pending", max_retries, due) for view in made}
        return multiple(*(view["id"] for view in made))

    @rule(target=ids, key=st.sampled_from(["a", "b"]))
    def create_with_a_key(self, key: str) -> Any:
        before = self.sql.execute("select job_ids from tickwork.idempotency_keys where key = %s", [key]).fetchone()
        job = NewJob(type="told", max_retries=1, delay_seconds=0)
        made, new = create.create_jobs(self.wired.store(), self.wired.index(), [job], key=key)
        assert new == (before is None)
        if new:
            self.jobs[made[0]["id"]] = Account("pending", 1, True)
            return made[0]["id"]
        assert made[0]["id"] == before[0][0]
        return multiple()

    @rule(id=ids, act=st.sampled_from(["cancel", "cancel", "retry", "move"]), due=st.booleans())
    def a_caller_acts(self, id: UUID, act: str, due: bool) -> None:
        {"cancel": self.cancel, "retry": self.retry, "move": lambda id: self.move(id, due)}[act](id)

    def cancel(self, id: UUID) -> None:
        job = self.jobs[id]
        try:
            row = control.cancel_job(self.wired.store(), self.wired.index(), id)
        except Conflict:
            assert job.status in FINAL
            return
        assert row["status"] == ("cancelled" if job.status == "pending" else "in_progress"), "an honest answer"
        told = job.status == "pending"
        self.jobs[id] = changed(job, status="cancelled" if told else job.status, asked=True, told=told)

    def retry(self, id: UUID) -> None:
        job = self.jobs[id]
        try:
            control.retry_job(self.wired.store(), self.wired.index(), id, When())
        except Conflict:
            assert job.status not in ("failed", "cancelled")
            return
        assert job.status in ("failed", "cancelled")
        self.jobs[id] = changed(
            job, status="pending", due=True, retries=0, asked=False, starts=0, told=False, expired=False
        )

    def move(self, id: UUID, due: bool) -> None:
        job = self.jobs[id]
        try:
            control.update_job(
                self.wired.store(), self.wired.index(), id, control.Change(delay_seconds=0 if due else FAR, priority=5)
            )
        except Conflict:
            assert job.status != "pending"
            return
        self.jobs[id] = changed(job, due=due)

    # Workers: one that lives long enough to hold a job while others come by

    @rule(target=held, count=st.integers(1, 4))
    def take_and_claim(self, count: int) -> Any:
        return self._claim(self.wired.index().take(count, LEASE, FAR).ids)

    @rule(target=held)
    def claim_whatever_there_is(self) -> Any:
        return self._claim(list(self.jobs))

    def _claim(self, offered: list[UUID]) -> Any:
        able = {id for id in offered if id in self.jobs and self.jobs[id].claimable()}
        rows = self.wired.store().claim(offered, LEASE) if offered else []
        assert {row.id for row in rows} <= able
        assert bool(rows) == bool(able), "of those that may be claimed some are"
        mine = []
        for row in rows:
            self.jobs[row.id] = job = self.jobs[row.id].claimed()
            assert (row.status, row.attempt) == (job.status, job.attempt)
            if row.status == "in_progress":
                self._starts(row.id, row.attempt)
                mine.append(row)
        return multiple(*mine)

    def _starts(self, id: UUID, attempt: int) -> None:
        job = self.jobs[id]
        assert not job.told, "no start after the caller was told that it is cancelled"
        assert attempt not in self.started.setdefault(id, []), "each attempt is started once"
        self.started[id].append(attempt)
        self.jobs[id] = changed(job, starts=job.starts + 1)

    @rule(target=held, mine=held, what=REPORTS)
    def a_worker_is_overtaken_and_reports(self, mine: Claimed, what: str) -> Any:
        """Its lease ends, another comes by, and then it is heard of again."""
        self.a_lease_ends(mine.id)
        another = self._claim([mine.id])
        self._report(mine, what)
        return another

    @rule(mine=held, what=REPORTS)
    def a_worker_reports(self, mine: Claimed, what: str) -> None:
        self._report(mine, what)

    def _report(self, mine: Claimed, what: str) -> None:
        if what == "renew":
            self.renew(mine)
        else:
            self.finish(mine, what)

    def finish(self, mine: Claimed, outcome: str) -> None:
        """In time, late, or twice: only the attempt that the row is at is heard."""
        job = self.jobs[mine.id]
        ours = job.status == "in_progress" and job.attempt == mine.attempt
        if outcome == "retry" and mine.retries >= mine.max_retries:
            outcome = "failed"  # as executor.py decides
        error = None if outcome in ("completed", "released") else "boom"
        result = f'{{"attempt": {mine.attempt}}}' if outcome == "completed" else None
        settled = self.wired.store().settle([Outcome(mine.id, mine.attempt, outcome, error, result)])
        assert settled.accepted == ({mine.id} if ours else set())
        self.wired.index().settle(settled.waiting, settled.ended)
        if ours:
            after = job.settled(outcome)
            self.jobs[mine.id] = changed(after, starts=after.starts - (outcome == "released"))

    def renew(self, mine: Claimed) -> None:
        job = self.jobs[mine.id]
        ours = job.status == "in_progress" and job.attempt == mine.attempt
        renewed = self.wired.store().renew([(mine.id, mine.attempt, None)], LEASE)
        assert bool(renewed) == ours, "a lost lease is not revived"
        if ours:
            assert renewed[0][1] == job.asked
            self.jobs[mine.id] = changed(job, expired=False)

    @rule()
    def tick(self) -> None:
        """The whole of it; its handler always completes, and whatever it did must be one of the legal steps."""
        self.wired.tick().run()
        for id, status, attempt in self.sql.execute("select id, status, attempt from tickwork.jobs").fetchall():
            job = self.jobs[id]
            if (status, attempt) == (job.status, job.attempt):
                continue
            assert job.claimable(), f"{job} became {status} {attempt}"
            self.jobs[id] = job = job.claimed()
            if job.status == "in_progress":
                self._starts(id, job.attempt)
                self.jobs[id] = self.jobs[id].settled("completed")

    # Time, and what breaks

    @rule(id=ids)
    def time_passes(self, id: UUID) -> None:
        self.a_lease_ends(id)
        if self.jobs[id].status == "pending":
            self.sql.execute("update tickwork.jobs set scheduled_at = now() where id = %s", [id])
            self.jobs[id] = changed(self.jobs[id], due=True)

    def a_lease_ends(self, id: UUID) -> None:
        if self.jobs[id].status == "in_progress":
            self.sql.execute("update tickwork.jobs set lease_expires_at = now() - interval '1 s' where id = %s", [id])
            self.jobs[id] = changed(self.jobs[id], expired=True)

    @rule(how=st.sampled_from(["flush", "snapshot", "restore", "forget_scripts", "cut_connections"]))
    def something_breaks(self, how: str) -> None:
        getattr(self, how)()

    @rule(
        id=ids,
        name=st.sampled_from(KEYS),
        stranger=st.binary(max_size=20),
        score=st.one_of(st.floats(allow_nan=False), st.sampled_from([0, 1, 2**52])),
    )
    def the_index_lies(self, id: UUID, name: str, stranger: bytes, score: float) -> None:
        self.raw.zadd(f"tickwork:{{0}}:{name}", {stranger: score, id.bytes: score})

    def flush(self) -> None:
        self.raw.flushdb()

    def snapshot(self) -> None:
        self.old = {key: self.raw.dump(key) for key in self._keys() if self.raw.exists(key)}

    def restore(self) -> None:
        self.raw.flushdb()
        for key, value in self.old.items():
            self.raw.restore(key, 0, value)

    def forget_scripts(self) -> None:
        self.raw.script_flush()

    def cut_connections(self) -> None:
        self.sql.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'tickwork' and datname = current_database()"
        )
        for connection in list(self.wired.database()._pool._pool) if self.wired.database()._pool else []:
            connection.last_used = 0.0  # as after a second of rest

    @rule()
    def reconcile(self) -> None:
        """Every waiting and running row is in the index afterwards, whatever was there before."""
        index_everything(self.wired.store(), self.wired.index())
        indexed = {member for key in self._keys()[:3] for member in self.raw.zrange(key, 0, -1)}
        assert {id.bytes for id, job in self.jobs.items() if job.status not in FINAL} <= indexed

    def _keys(self) -> list[str]:
        return [f"tickwork:{{0}}:{name}" for name in (*KEYS, "state")]

    # What holds always

    @invariant()
    def the_table_is_as_the_account_says(self) -> None:
        if not hasattr(self, "jobs"):
            return
        rows = {
            row[0]: row[1:]
            for row in self.sql.execute(
                "select id, status, attempt, retries, cancel_requested_at is not null from tickwork.jobs"
            )
        }
        assert rows == {id: job.row() for id, job in self.jobs.items()}

    @invariant()
    def each_attempt_has_one_outcome(self) -> None:
        if not hasattr(self, "jobs"):
            return
        told: dict[UUID, dict[int, str]] = {id: {} for id in self.jobs}
        for id, attempt, outcome in self.sql.execute("select job_id, attempt, outcome from tickwork.job_attempts"):
            told[id][attempt] = outcome
        assert told == {id: job.results for id, job in self.jobs.items()}

    @invariant()
    def starts_are_bounded(self) -> None:
        for job in getattr(self, "jobs", {}).values():
            assert job.starts <= job.max_retries + 1

    def teardown(self) -> None:
        """Faults are over and time passes: everything comes to its end, and nothing waits in the index."""
        if not hasattr(self, "jobs"):
            return
        self.raw.flushdb()
        self.sql.execute("update tickwork.jobs set scheduled_at = now() where status = 'pending'")
        self.sql.execute("update tickwork.jobs set lease_expires_at = now() where status = 'in_progress'")
        for _ in range(1 + len(self.jobs)):
            self.wired.tick().run()
        left = self.sql.execute("select count(*) from tickwork.jobs where status in ('pending', 'in_progress')")
        assert left.fetchone() == (0,)
        assert self.raw.zcard(self._keys()[0]) + self.raw.zcard(self._keys()[1]) == 0


def test_any_sequence(wired: Any, sql: psycopg.Connection, valkey: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(handlers(), "told", Handler("told", lambda payload, job: None, Anything))
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=EXAMPLES <= 60,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        report_multiple_bugs=False,
    )
    with redis.Redis.from_url(valkey) as raw:
        Machine.stores = (wired, sql, raw)
        run_state_machine_as_test(Machine, settings=chosen)
