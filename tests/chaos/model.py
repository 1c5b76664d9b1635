"""The protocol as a small machine, every interleaving of it: jobs, ticks that may die at any step, a caller who
cancels, a reconciler that reads and then writes, an index that may be lost or come back old at any time.

A step of a tick is one round trip to a store, so whatever can happen between two messages is a path here. `explore`
looks at every reachable state once. Safety: no state breaks a promise. Liveness: from every state, without further
faults, every job can still reach its end. The answer is the shortest path to a state that does not hold, or none.

`python -m tests.chaos.measure model` is the long form.
"""

from array import array
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

PENDING, RUNNING, COMPLETED, FAILED, CANCELLED = "pending", "in_progress", "completed", "failed", "cancelled"
FINAL = {COMPLETED, FAILED, CANCELLED}
FAULTS = ("die", "lose", "restore", "cancel")

Edges = tuple["array[int]", "array[int]"]  # from, to


class Job(NamedTuple):
    status: str = PENDING
    retries: int = 0
    expired: bool = False
    indexed: bool = True  # by the index's word it is due
    asked: bool = False  # to stop, while it ran
    told: bool = False  # the caller was told "cancelled"
    starts: int = 0
    broken: str = ""  # the first promise that was broken


class Tick(NamedTuple):
    """What one tick holds: a job it took, the attempt it claimed, then a row it settled and is to index.

    Attempt numbers only grow, so all that ever matters of one is whether it is still the row's own: `current`.
    """

    at: str = "idle"
    job: int = -1
    current: bool = False


class State(NamedTuple):
    jobs: tuple[Job, ...]
    ticks: tuple[Tick, ...]
    seen: tuple[int, ...] | None  # jobs that the reconciler read and is to write
    losses: int  # how often the index may still be lost
    old: int  # how often an old index, with every id in it, may still come back
    deaths: int  # how many ticks may still die
    failures: int  # how many handlers may still fail


class Rules(NamedTuple):
    """The protocol's guards; a seeded bug switches one off."""

    fence: bool = True
    state_guard: bool = True
    recheck: bool = True
    reconcile: bool = True
    counted_at_claim: bool = True
    honest_cancel: bool = True
    cancel_guard: bool = True
    retry_after_cancel_refused: bool = True
    max_retries: int = 1


class Size(NamedTuple):
    jobs: int = 2
    ticks: int = 2
    losses: int = 1
    old: int = 1
    deaths: int = 1
    failures: int = 1


def explore(rules: Rules, size: Size) -> tuple[int, list[str]]:
    """How many states there are, and the shortest path to one that breaks a promise (empty when none does)."""
    jobs, ticks, *budgets = size
    first = State((Job(),) * jobs, (Tick(),) * ticks, None, *budgets)
    states, numbers = [first], {first: 0}
    came, why = array("i", [-1]), [""]
    edges: Edges = (array("i"), array("i"))  # without faults
    for number, state in enumerate(states):  # grows as we go
        if broken := breach(state):
            return len(states), [*_path(came, why, number), broken]
        for name, new in steps(state, rules):
            at = numbers.setdefault(new, len(states))
            if at == len(states):
                states.append(new)
                came.append(number)
                why.append(name)
            if not name.startswith(FAULTS):
                edges[0].append(number)
                edges[1].append(at)
    return len(states), _lost(states, came, why, edges)


def breach(state: State) -> str:
    return next((job.broken for job in state.jobs if job.broken), "")


def _lost(
    states: list[State], came: "array[int]", why: list[str], edges: tuple["array[int]", "array[int]"]
) -> list[str]:
    """The path to the first state from which the end cannot be reached any more."""
    ends = deque(n for n, state in enumerate(states) if all(job.status in FINAL for job in state.jobs))
    reach = bytearray(len(states))
    for end in ends:
        reach[end] = 1
    into = _grouped(len(states), edges)
    while ends:
        for before in into(ends.popleft()):
            if not reach[before]:
                reach[before] = 1
                ends.append(before)
    stuck = reach.find(0)
    return [] if stuck < 0 else [*_path(came, why, stuck), "lost"]


def _grouped(count: int, edges: "Edges"):  # type: ignore[no-untyped-def]
    """A function from a state's number to those of its predecessors."""
    starts = array("i", bytes(4 * (count + 1)))
    for to in edges[1]:
        starts[to + 1] += 1
    for place in range(count):
        starts[place + 1] += starts[place]
    free, sources = array("i", starts), array("i", bytes(4 * len(edges[0])))
    for source, to in zip(*edges, strict=True):
        sources[free[to]] = source
        free[to] += 1
    return lambda number: sources[starts[number] : starts[number + 1]]


def steps(state: State, rules: Rules) -> Iterator[tuple[str, State]]:
    for number, job in enumerate(state.jobs):
        yield from _job_steps(state, number, job, rules)
    for number, tick in enumerate(state.ticks):
        yield from _tick_steps(state, number, tick, rules)
    if rules.reconcile:
        yield from _reconciler_steps(state)
    if state.losses and any(job.indexed for job in state.jobs):
        yield "lose the index", state._replace(jobs=_indexed(state, False), losses=state.losses - 1)
    if state.old and not all(job.indexed for job in state.jobs):
        yield "restore an old index", state._replace(jobs=_indexed(state, True), old=state.old - 1)


def _indexed(state: State, indexed: bool) -> tuple[Job, ...]:
    return tuple(job._replace(indexed=indexed) for job in state.jobs)


def _job_steps(state: State, n: int, job: Job, rules: Rules) -> Iterator[tuple[str, State]]:
    if job.status == RUNNING and not job.expired:
        yield f"lease of {n} expires", _with(state, n, job._replace(expired=True))
    if job.status == PENDING or (job.status == RUNNING and not rules.cancel_guard):
        yield f"cancel {n}", _with(state, n, _ended(job, CANCELLED)._replace(told=True))
    elif job.status == RUNNING and not job.asked:
        asked = job._replace(asked=True, told=not rules.honest_cancel)
        yield f"cancel running {n}", _with(state, n, asked)


def _reconciler_steps(state: State) -> Iterator[tuple[str, State]]:
    if state.seen is not None:
        seen = state.seen
        jobs = tuple(job._replace(indexed=job.indexed or n in seen) for n, job in enumerate(state.jobs))
        yield "reconciler writes", state._replace(jobs=jobs, seen=None)
    elif missing := tuple(n for n, job in enumerate(state.jobs) if not job.indexed and _claimable(job)):
        yield "reconciler reads", state._replace(seen=missing)


def _claimable(job: Job) -> bool:
    return job.status == PENDING or (job.status == RUNNING and job.expired)


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
        yield f"{t} starts {tick.job}", _start(state, t, tick, rules)
        yield f"{t} releases {tick.job}", _settle(state, t, tick, rules, "released")
    elif tick.at == "started":
        yield f"{t} completes {tick.job}", _settle(state, t, tick, rules, "completed")
        if state.failures:
            yield f"{t} fails {tick.job}", _settle(state, t, tick, rules, "retry")._replace(failures=state.failures - 1)
    elif tick.at == "settled":
        job = state.jobs[tick.job]
        yield f"{t} indexes {tick.job}", _with(_ticking(state, t, Tick()), tick.job, job._replace(indexed=True))


def _claim(state: State, t: int, n: int, rules: Rules) -> State:
    job = state.jobs[n]
    if rules.recheck and not _claimable(job):
        return _ticking(state, t, Tick())
    rescued = job.status == RUNNING
    if rescued and job.asked:
        return _with(_ticking(state, t, Tick()), n, _ended(job, CANCELLED))
    if rescued and rules.counted_at_claim and job.retries >= rules.max_retries:
        return _with(_ticking(state, t, Tick()), n, _ended(job, FAILED))
    claimed = job._replace(status=RUNNING, retries=job.retries + (rescued and rules.counted_at_claim), expired=False)
    ticks = tuple(tick._replace(current=False) if tick.job == n else tick for tick in state.ticks)
    return _with(_ticking(state._replace(ticks=ticks), t, Tick("claimed", n, True)), n, claimed)


def _start(state: State, t: int, tick: Tick, rules: Rules) -> State:
    job = state.jobs[tick.job]
    broken = job.broken or ("start after cancel" if job.told and tick.current else "")
    if job.starts > rules.max_retries:
        broken = broken or "too many starts"
    started = job._replace(starts=job.starts + 1, broken=broken)
    return _with(_ticking(state, t, tick._replace(at="started")), tick.job, started)


def _settle(state: State, t: int, tick: Tick, rules: Rules, outcome: str) -> State:
    job = state.jobs[tick.job]
    if (rules.fence and not tick.current) or (rules.state_guard and job.status != RUNNING):
        return _ticking(state, t, Tick())
    if not tick.current:
        job = job._replace(broken=job.broken or "stale write")
    if outcome == "completed":
        return _with(_ticking(state, t, Tick()), tick.job, _ended(job, COMPLETED))
    if job.asked and rules.retry_after_cancel_refused:
        return _with(_ticking(state, t, Tick()), tick.job, _ended(job, CANCELLED))
    if outcome == "retry" and job.retries >= rules.max_retries:
        return _with(_ticking(state, t, Tick()), tick.job, _ended(job, FAILED))
    again = job._replace(status=PENDING, expired=False, retries=job.retries + (outcome == "retry"))
    if job.asked:
        again = again._replace(broken=job.broken or "retry after cancel")
    return _with(_ticking(state, t, Tick("settled", tick.job)), tick.job, again)


def _ended(job: Job, status: str) -> Job:
    broken = job.broken or ("second final" if job.status in FINAL else "")
    return job._replace(status=status, expired=False, broken=broken)


def _with(state: State, n: int, job: Job) -> State:
    return state._replace(jobs=(*state.jobs[:n], job, *state.jobs[n + 1 :]))


def _ticking(state: State, t: int, tick: Tick) -> State:
    return state._replace(ticks=(*state.ticks[:t], tick, *state.ticks[t + 1 :]))


def _path(came: "array[int]", why: list[str], number: int) -> list[str]:
    names = []
    while came[number] >= 0:
        names.append(why[number])
        number = came[number]
    return names[::-1]
