"""Claimed jobs on their way through the handlers: bounded concurrency, a timeout each, one deadline for all."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Condition, Lock, Thread
from time import monotonic, sleep
from uuid import UUID

from tickwork.core.context import JobContext
from tickwork.core.handler import DEFAULT_TIMEOUT_SECONDS, Handler
from tickwork.core.job import Claimed, Outcome
from tickwork.core.shutdown import out_of_time, stopping
from tickwork.engine.concurrency import Slots
from tickwork.engine.executor import execute, given_up

PATIENCE_SECONDS = 0.002  # a handler that is done by then needs no second thread beside it
SETTLE_SECONDS = 0.1  # finished jobs wait no longer than this for slow ones of their batch

Line = deque[tuple[int, Claimed]]  # jobs of one type, each with its place in the batch
Started = tuple[int, Claimed, Handler | None, JobContext]


class Batch:
    """Runs `jobs`, best first. A thread cannot be stopped: one whose handler overstays is left behind.

    Past `leased_until` none starts until that is moved on: a process that was frozen wakes up with jobs that others
    have rescued since, and somebody may have cancelled.
    """

    def __init__(
        self,
        jobs: list[Claimed],
        handlers: Mapping[str, Handler],
        slots: Slots,
        threads: int,
        until: float,
        leased_until: float,
    ):
        self._until = until
        self.leased_until = leased_until
        self._handlers = handlers
        self._slots = slots
        self._threads = threads
        self._lines = _by_type(placed for placed in enumerate(jobs) if not placed[1].clock)
        self._early = sorted(_not_yet_due(jobs, monotonic()))
        self._waiting = len(jobs)
        self._running: dict[int, tuple[Claimed, JobContext]] = {}
        self._outcomes: list[Outcome] = []
        self._workers = 0
        self._lock = Lock()
        self._done = Condition(self._lock)

    def run(self) -> Iterator[list[Outcome]]:
        """Yield outcomes as they come, at least every 0.1 s an often empty list. After `until`, or once the process
        is told to end, no job is started: the rest is released."""
        try:
            if not self._over():
                self._hire(1)
                self._wait_while_quick()
            while not self._is_done():
                if self._over():
                    self._drop_waiting("released", lambda _: True)
                if self._may_start():
                    self._hire(self._threads)
                self._pause(SETTLE_SECONDS)
                self._give_up_overdue()
                yield self._collect()
            yield self._collect()
        finally:
            self._abandon()

    def cancel_waiting(self, ids: set[UUID]) -> None:
        """Jobs among `ids` that have not started do not start any more; they end as cancelled."""
        self._drop_waiting("cancelled", lambda job: job.id in ids)

    def held(self) -> list[tuple[Claimed, JobContext | None]]:
        """Every job that is not finished yet, with the context of those that run."""
        with self._lock:
            waiting = [(job, None) for _, job in self._placed()]
            return [*self._running.values(), *waiting]

    def _abandon(self) -> None:
        # Whoever asks for no more outcomes settles none: nothing is to be done that would have to be done again.
        self._drop_waiting("released", lambda _: True)
        with self._lock:
            for _, context in self._running.values():
                context.ask_to_stop()

    def _over(self) -> bool:
        return monotonic() >= self._until or stopping()

    def _is_done(self) -> bool:
        return not self._waiting and not self._running

    def _collect(self) -> list[Outcome]:
        with self._lock:
            collected, self._outcomes = self._outcomes, []
            return collected

    def _pause(self, seconds: float) -> bool:
        with self._lock:
            return self._done.wait_for(self._is_done, seconds)

    def _wait_while_quick(self) -> None:
        # One thread is faster than many as long as no handler waits for anything; but outcomes must not pile up.
        until = monotonic() + SETTLE_SECONDS
        before: set[int] = set()
        while not self._pause(PATIENCE_SECONDS) and monotonic() < until:
            with self._lock:
                if before & self._running.keys():
                    return
                before = set(self._running)

    def _hire(self, count: int) -> None:
        with self._lock:
            missing = min(count, self._waiting + len(self._running)) - self._workers
            self._workers += max(0, missing)
        for _ in range(missing):
            Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        started = self._start_next()
        while started:
            place, job, handler, context = started
            started = self._turn(place, job, execute(job, handler, context, self._handlers))

    def _turn(self, place: int, job: Claimed, outcome: Outcome) -> Started | None:
        """Hand in `outcome` and take the next job, with the same slot where that fits: one lock for both."""
        with self._lock:
            if self._running.pop(place, None) is None:
                return None  # given up meanwhile: another thread has taken this one's place
            self._outcomes.append(outcome)
            line = next(iter(self._best_lines()), None) if self._may_start() else None
            if line and line[0][1].type == job.type and self._slots.may_keep(self, job.type):
                return self._start(line)
            self._leave(job.type)
        return self._start_next()

    def _start_next(self) -> Started | None:
        while True:
            with self._lock:
                if not self._may_start():
                    self._workers -= 1
                    self._slots.leave(self)
                    return None
                if started := self._try_start():
                    return started
                pause, seconds = self._slots.wait if self._lines else sleep, self._until_more_is_due()
            pause(seconds)

    def _try_start(self) -> Started | None:
        types = [line[0][1].type for line in self._best_lines()]
        if not types:
            self._slots.leave(self)  # nobody is to leave one free for who has no use for it yet
            return None
        type = self._slots.try_acquire(self, types)
        return self._start(self._lines[types.index(type)]) if type else None

    def _until_more_is_due(self) -> float:
        next_at = self._early[0][0] if self._early else math.inf
        return max(0.0, min(SETTLE_SECONDS, next_at - monotonic()))

    def _may_start(self) -> bool:
        return self._waiting > 0 and monotonic() < min(self._until, self.leased_until)

    def _best_lines(self) -> list[Line]:
        """Jobs that are due, by type, the best first; none while all that wait are early."""
        if self._early and self._early[0][0] <= monotonic():
            self._let_in_due()
        self._lines.sort(key=_place)
        return self._lines

    def _let_in_due(self) -> None:
        now = monotonic()
        due = [(place, job) for at, place, job in self._early if at <= now]
        del self._early[: len(due)]
        self._lines = _by_type(sorted([*(placed for line in self._lines for placed in line), *due]))

    def _placed(self) -> list[tuple[int, Claimed]]:
        """All that wait, due or not."""
        return [*(placed for line in self._lines for placed in line), *((place, job) for _, place, job in self._early)]

    def _start(self, line: Line) -> Started:
        place, job = line.popleft()
        if not line:
            self._lines.remove(line)
        handler = self._handlers.get(job.type)
        context = JobContext(job, handler.timeout if handler else DEFAULT_TIMEOUT_SECONDS)
        self._waiting -= 1
        self._running[place] = (job, context)
        return place, job, handler, context

    def _leave(self, type: str) -> None:
        self._slots.release(type)
        if self._is_done():
            self._done.notify_all()

    def _give_up_overdue(self) -> None:
        ended = out_of_time()
        with self._lock:
            overdue = [(place, *held) for place, held in self._running.items() if ended or held[1].seconds_left <= 0]
            for place, job, context in overdue:
                context.ask_to_stop()
                del self._running[place]
                self._workers -= 1
                self._outcomes.append(given_up(job, self._handlers.get(job.type), context))
                self._leave(job.type)

    def _drop_waiting(self, outcome: str, chosen: Callable[[Claimed], bool]) -> None:
        with self._lock:
            dropped = [job for _, job in self._placed() if chosen(job)]
            self._lines = _by_type(placed for line in self._lines for placed in line if not chosen(placed[1]))
            self._early = [early for early in self._early if not chosen(early[2])]
            self._waiting -= len(dropped)
            self._outcomes += [Outcome(job.id, job.attempt, outcome) for job in dropped]


def _not_yet_due(jobs: list[Claimed], claimed_at: float) -> Iterator[tuple[float, int, Claimed]]:
    """Jobs that are not due yet, each with when it is (monotonic seconds) and its place in the batch. `claimed_at` is
    after the database told its clock, so that nothing starts early."""
    clock = max((job.clock for job in jobs if job.clock), default=None)
    for place, job in enumerate(jobs):
        if clock and job.clock:
            yield claimed_at + (job.scheduled_at - clock).total_seconds(), place, job


def _by_type(placed: Iterable[tuple[int, Claimed]]) -> list[Line]:
    lines: dict[str, Line] = {}
    for place, job in placed:
        lines.setdefault(job.type, deque()).append((place, job))
    return list(lines.values())


def _place(line: Line) -> int:
    return line[0][0]
