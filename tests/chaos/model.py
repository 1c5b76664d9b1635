"""The protocol as a small machine, every interleaving of it: jobs, ticks that may die at any step, a caller who
cancels, an index that may be lost or lie at any time.

A step of a tick is one round trip to a store, so whatever can happen between two messages is a path here. `explore`
looks at every reachable state once and returns the shortest path to a broken promise, or none.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

PENDING, RUNNING, COMPLETED, FAILED, CANCELLED = "pending", "in_progress", "completed", "failed", "cancelled"
FINAL = {COMPLETED, FAILED, CANCELLED}


class Job(NamedTuple):
    status: str = PENDING
    attempt: int = 0
    retries: int = 0
    expired: bool = False
    indexed: bool = True  # by the index's word it is due
    acknowledged_cancel: bool = False
    starts: int = 0
    finals: int = 0
    stale: bool = False  # took the result of an attempt that another had replaced
    late_start: bool = False  # started by a claim after the caller was told "cancelled"


class Tick(NamedTuple):
    """What one tick holds: a job it took, then the attempt it claimed, then a result."""

    at: str = "idle"
    job: int = -1
    attempt: int = 0


class State(NamedTuple):
    jobs: tuple[Job, ...]
    ticks: tuple[Tick, ...]
    losses: int  # how often the index may still be lost
    deaths: int  # how many ticks may still die


class Rules(NamedTuple):
    """The protocol's guards; a seeded bug switches one off."""

    fence: bool = True
    state_guard: bool = True
    recheck: bool = True
    reconcile: bool = True
    counted_at_claim: bool = True
    max_retries: int = 1


def explore(rules: Rules, jobs: int = 2, ticks: int = 2, losses: int = 1, deaths: int = 2) -> tuple[int, list[str]]:
    """How many states there are, and the shortest path to one that breaks a promise (empty when none does)."""
    first = State((Job(),) * jobs, (Tick(),) * ticks, losses, deaths)
    came: dict[State, tuple[State, str] | None] = {first: None}
    todo = deque([first])
    while todo:
        state = todo.popleft()
        following = list(steps(state, rules))
        if (broken := breach(state, rules)) or (broken := stuck(state, following)):
            return len(came), [*_path(came, state), broken]
        for name, new in following:
            if new not in came:
                came[new] = (state, name)
                todo.append(new)
    return len(came), []


def breach(state: State, rules: Rules) -> str:
    for job in state.jobs:
        if job.finals > 1:
            return "second final"
        if job.stale:
            return "stale write"
        if job.late_start:
            return "start after cancel"
        if job.starts > 1 + rules.max_retries:
            return "too many starts"
    return ""


def stuck(state: State, following: list[tuple[str, State]]) -> str:
    """Nothing but more faults can happen, and a job is not final."""
    helpful = [name for name, _ in following if not name.startswith(("die", "lose", "cancel"))]
    return "lost" if not helpful and any(job.status not in FINAL for job in state.jobs) else ""


def steps(state: State, rules: Rules) -> Iterator[tuple[str, State]]:
    for number, job in enumerate(state.jobs):
        yield from _job_steps(state, number, job, rules)
    for number, tick in enumerate(state.ticks):
        yield from _tick_steps(state, number, tick, rules)
    if state.losses and any(job.indexed for job in state.jobs):
        lost = tuple(job._replace(indexed=False) for job in state.jobs)
        yield "lose the index", state._replace(jobs=lost, losses=state.losses - 1)


def _job_steps(state: State, n: int, job: Job, rules: Rules) -> Iterator[tuple[str, State]]:
    if job.status == RUNNING and not job.expired:
        yield f"lease of {n} expires", _with(state, n, job._replace(expired=True))
    if rules.reconcile and not job.indexed and (job.status == PENDING or job.expired):
        yield f"reconcile {n}", _with(state, n, job._replace(indexed=True))
    if job.status == PENDING:
        told = job._replace(status=CANCELLED, acknowledged_cancel=True, finals=job.finals + 1)
        yield f"cancel {n}", _with(state, n, told)


def _tick_steps(state: State, t: int, tick: Tick, rules: Rules) -> Iterator[tuple[str, State]]:
    if tick.at != "idle" and state.deaths:
        yield f"die {t}", _ticking(state, t, Tick())._replace(deaths=state.deaths - 1)
    if tick.at == "idle":
        for n, job in enumerate(state.jobs):
            if job.indexed:
                yield f"{t} takes {n}", _with(_ticking(state, t, Tick("taken", n)), n, job._replace(indexed=False))
    elif tick.at == "taken":
        yield f"{t} claims {tick.job}", _claim(state, t, tick.job, rules)
    elif tick.at == "claimed":
        yield f"{t} completes {tick.job}", _settle(state, t, tick, rules)


def _claim(state: State, t: int, n: int, rules: Rules) -> State:
    job = state.jobs[n]
    may = job.status == PENDING or (job.status == RUNNING and job.expired)
    if rules.recheck and not may:
        return _ticking(state, t, Tick())
    rescued = job.status == RUNNING
    if rescued and rules.counted_at_claim and job.retries >= rules.max_retries:
        ended = job._replace(status=FAILED, expired=False, finals=job.finals + 1)
        return _with(_ticking(state, t, Tick()), n, ended)
    claimed = job._replace(
        status=RUNNING,
        attempt=job.attempt + 1,
        retries=job.retries + (rescued and rules.counted_at_claim),
        expired=False,
        starts=job.starts + 1,
        late_start=job.late_start or job.acknowledged_cancel,
    )
    return _with(_ticking(state, t, Tick("claimed", n, claimed.attempt)), n, claimed)


def _settle(state: State, t: int, tick: Tick, rules: Rules) -> State:
    job = state.jobs[tick.job]
    fits = (not rules.fence or job.attempt == tick.attempt) and (not rules.state_guard or job.status == RUNNING)
    after = _ticking(state, t, Tick())
    if not fits:
        return after
    done = job._replace(
        status=COMPLETED, expired=False, finals=job.finals + 1, stale=job.stale or job.attempt != tick.attempt
    )
    return _with(after, tick.job, done)


def _with(state: State, n: int, job: Job) -> State:
    return state._replace(jobs=(*state.jobs[:n], job, *state.jobs[n + 1 :]))


def _ticking(state: State, t: int, tick: Tick) -> State:
    return state._replace(ticks=(*state.ticks[:t], tick, *state.ticks[t + 1 :]))


def _path(came: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    names = []
    while step := came[state]:
        state, name = step
        names.append(name)
    return names[::-1]
