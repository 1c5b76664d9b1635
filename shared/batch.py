"""Claimed jobs on their way through the handlers: bounded concurrency, a timeout each, one deadline for all."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from threading import Condition, Thread
from time import monotonic
from uuid import UUID

from shared.attempt import execute, given_up
from shared.context import JobContext
from shared.handlers import DEFAULT_TIMEOUT_SECONDS, Handler
from shared.job import Claimed, Outcome
from shared.slots import Slots
from shared.stopping import out_of_time, stopping

PATIENCE_SECONDS = 0.001  # quick handlers are done by then and need no second thread
SETTLE_SECONDS = 0.1  # finished jobs wait no longer than this for slow ones of their batch


class Batch:
    """Runs `jobs`, best first. A thread cannot be stopped: one whose handler overstays is left behind."""

    def __init__(self, jobs: list[Claimed], handlers: Mapping[str, Handler], slots: Slots, threads: int, until: float):
        self._until = until
        self._handlers = handlers
        self._slots = slots
        self._threads = threads
        self._lanes: dict[str, deque[tuple[int, Claimed]]] = {}
        for place, job in enumerate(jobs):
            self._lanes.setdefault(job.type, deque()).append((place, job))
        self._waiting = len(jobs)
        self._running: dict[int, tuple[Claimed, JobContext]] = {}
        self._outcomes: list[Outcome] = []
        self._workers = 0
        self._changed = Condition()

    def run(self) -> Iterator[list[Outcome]]:
        """Yield outcomes as they come, at least every 0.1 s an often empty list. After `until`, or once the process
        is told to end, no job is started: the rest is released."""
        self._hire(1)
        self._pause(PATIENCE_SECONDS)
        while not self._done():
            if self._over():
                self._drop_waiting("released", lambda _: True)
            self._hire(self._threads)
            self._pause(SETTLE_SECONDS)
            self._give_up_overdue()
            yield self._collect()
        yield self._collect()

    def cancel_waiting(self, ids: set[UUID]) -> None:
        """Jobs among `ids` that have not started do not start any more; they end as cancelled."""
        self._drop_waiting("cancelled", lambda job: job.id in ids)

    def held(self) -> list[tuple[Claimed, JobContext | None]]:
        """Every job that is not finished yet, with the context of those that run."""
        with self._changed:
            waiting = [(job, None) for lane in self._lanes.values() for _, job in lane]
            return [*self._running.values(), *waiting]

    def _over(self) -> bool:
        return monotonic() >= self._until or stopping()

    def _done(self) -> bool:
        with self._changed:
            return not self._waiting and not self._running

    def _collect(self) -> list[Outcome]:
        with self._changed:
            collected, self._outcomes = self._outcomes, []
            return collected

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._running, seconds)

    def _hire(self, count: int) -> None:
        with self._changed:
            missing = min(count, self._waiting + len(self._running)) - self._workers
            self._workers += max(0, missing)
        for _ in range(missing):
            Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while started := self._start_next():
            place, job, handler, context = started
            if not self._finish(place, execute(job, handler, context, self._handlers)):
                return  # given up meanwhile: another thread has taken this one's place
        with self._changed:
            self._workers -= 1

    def _start_next(self) -> tuple[int, Claimed, Handler | None, JobContext] | None:
        while True:
            with self._changed:
                if not self._waiting or self._over():
                    return None
                for lane in sorted((lane for lane in self._lanes.values() if lane), key=lambda lane: lane[0][0]):
                    if self._slots.try_acquire(lane[0][1].type):
                        return self._start(*lane.popleft())
            self._slots.wait(SETTLE_SECONDS)

    def _start(self, place: int, job: Claimed) -> tuple[int, Claimed, Handler | None, JobContext]:
        handler = self._handlers.get(job.type)
        context = JobContext(job, handler.timeout if handler else DEFAULT_TIMEOUT_SECONDS)
        self._waiting -= 1
        self._running[place] = (job, context)
        return place, job, handler, context

    def _finish(self, place: int, outcome: Outcome) -> bool:
        with self._changed:
            ours = self._running.pop(place, None)
            if ours is None:
                return False
            self._outcomes.append(outcome)
            self._slots.release(ours[0].type)
            if not self._waiting and not self._running:
                self._changed.notify_all()
            return True

    def _give_up_overdue(self) -> None:
        ended = out_of_time()
        with self._changed:
            overdue = [(place, *held) for place, held in self._running.items() if ended or held[1].seconds_left <= 0]
            self._workers -= len(overdue)
        for place, job, context in overdue:
            context.ask_to_stop()
            self._finish(place, given_up(job, self._handlers.get(job.type), context))

    def _drop_waiting(self, outcome: str, chosen: Callable[[Claimed], bool]) -> None:
        with self._changed:
            for lane in self._lanes.values():
                dropped = [job for _, job in lane if chosen(job)]
                kept = [(place, job) for place, job in lane if not chosen(job)]
                lane.clear()
                lane.extend(kept)
                self._waiting -= len(dropped)
                self._outcomes += [Outcome(job.id, job.attempt, outcome) for job in dropped]
