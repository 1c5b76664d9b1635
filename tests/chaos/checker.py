"""The verdict: what the ledger says happened against what the database says became of each job.

What counts as a breach, and what is only counted, because at-least-once allows it: see `Verdict`.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from tests.chaos.ledger import Entry, entries

FINAL = {"completed", "failed", "cancelled"}
ENDINGS = {"completed", "failed"}  # outcomes of an attempt after which only a caller's retry starts another

Row = tuple[str, str, int, int, Any]  # id, status, attempt, max_retries, result


class Verdict(NamedTuple):
    """The lists name jobs and are breaches; the numbers are not."""

    lost: list[str]  # acknowledged, but without a row or never final
    unworked: list[str]  # completed in the table, but no handler ever ended that attempt
    second_finals: list[str]  # more than one final outcome without a retry between
    stale_writes: list[str]  # the table took the result of an attempt that another had replaced
    shared_attempts: list[str]  # one attempt number was started twice
    starts_after_cancel: list[str]  # a start after the caller was told "cancelled"
    too_many_starts: list[str]  # more than 1 + max_retries in one round
    errors: list[str]  # kinds of exceptions that ticks ended with although every store was allowed to be away
    index_differs: list[str]  # ids of a rebuilt index that are not as their rows, in scheduled, ready, or leased
    jobs: int
    starts: int
    further_starts: int  # of a job that had been started before: faults and retries
    duplicate_effects: int  # ends of a job beyond its first
    stale_writes_refused: int  # late results that the fence turned away, as far as their ticks lived to tell
    cancels: int  # acknowledged as "cancelled"
    faults: dict[str, int]  # of processes against themselves
    point_kills: int  # of them, SIGKILLs
    points: dict[str, int]  # "point mode" of the faults within the code that hit
    pairs: int  # different ordered pairs of them that hit one process
    recoveries: int
    recovery_p50: (
        float | None
    )  # seconds from the last death of who held a job to its start, less the outages of what it needs
    recovery_p99: float | None
    recovery_raw_p50: float | None  # from the first of several deaths in a row, and with the outages
    recovery_raw_p99: float | None

    @property
    def breaches(self) -> dict[str, list[str]]:
        return {name: value for name, value in self._asdict().items() if isinstance(value, list) and value}


def judge(ledger: Path, dsn: str) -> Verdict:
    """Read both sides once everything has come to rest."""
    with psycopg.connect(dsn) as connection:
        rows = {
            row[0]: row
            for row in connection.execute("select id::text, status, attempt, max_retries, result from tickwork.jobs")
        }
        history = connection.execute("select job_id::text, attempt, outcome from tickwork.job_attempts").fetchall()
    return verdict(list(entries(ledger)), rows, history)


def verdict(told: list[Entry], rows: dict[str, Row], history: list[tuple[str, int, str]]) -> Verdict:
    by_job: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(told):
        by_job[entry.job].append(entry)
    told = [entry for entry in told if not entry.event.startswith("nemesis:")]
    acknowledged = {entry.job for entry in told if entry.event == "created"}
    starts = [entry for entry in told if entry.event == "start"]
    ends = Counter(entry.job for entry in told if entry.event == "end")
    ended = {(entry.job, entry.attempt) for entry in told if entry.event == "end"}
    recoveries = list(_recoveries(told))
    outages = _outages(told)
    net = sorted(to - last - _overlap(outages, last, to) for _, last, to in recoveries)
    raw = sorted(to - first for first, _, to in recoveries)
    points = [entry for entry in told if entry.event.startswith("fault:") and "." in entry.job]
    return Verdict(
        lost=[id for id in acknowledged if id not in rows or rows[id][1] not in FINAL],
        unworked=[id for id, row in rows.items() if row[1] == "completed" and (id, _worker_of(row)) not in ended],
        second_finals=_second_finals(by_job, rows, history),
        stale_writes=[id for id, row in rows.items() if row[1] == "completed" and _stale(row, by_job[id])],
        shared_attempts=[key[0] for key, n in Counter((s.job, s.attempt) for s in starts).items() if n > 1],
        starts_after_cancel=[id for id, events in by_job.items() if _started_after_cancel(events)],
        too_many_starts=[id for id, events in by_job.items() if id in rows and _most_starts(events) > 1 + rows[id][3]],
        errors=sorted({entry.event for entry in told if entry.event.startswith("error:")}),
        jobs=len(acknowledged),
        starts=len(starts),
        further_starts=len(starts) - len({entry.job for entry in starts}),
        duplicate_effects=sum(n - 1 for n in ends.values()),
        index_differs=[f"{e.event} {e.job}" for e in told if e.event.startswith("index_differs:")],
        stale_writes_refused=sum(entry.attempt for entry in told if entry.event == "refused"),
        cancels=sum(entry.event == "cancelled" for entry in told),
        faults=dict(Counter(e.event.removeprefix("fault:") for e in told if e.event[:6] == "fault:" and not e.attempt)),
        point_kills=sum(entry.event == "fault:kill" for entry in points),
        points=dict(sorted(Counter(f"{e.job} {e.event.removeprefix('fault:')}" for e in points).items())),
        pairs=_pairs(points),
        recoveries=len(raw),
        recovery_p50=_percentile(net, 0.5),
        recovery_p99=_percentile(net, 0.99),
        recovery_raw_p50=_percentile(raw, 0.5),
        recovery_raw_p99=_percentile(raw, 0.99),
    )


def _worker_of(row: Row) -> int:
    """The attempt that wrote the result, by its own word."""
    return int(row[4]["attempt"]) if row[4] else -1


def _stale(row: Row, events: list[Entry]) -> bool:
    return _worker_of(row) != row[2] or any(e.event == "start" and e.attempt > row[2] for e in events)


def _second_finals(
    by_job: dict[str, list[Entry]], rows: dict[str, Row], history: list[tuple[str, int, str]]
) -> list[str]:
    """Jobs that ended more often than there were rounds, or whose row and history tell different ends."""
    finals = Counter(job for job, _, outcome in history if outcome in ENDINGS)
    rounds = {job: 1 + sum(event.event == "retrying" for event in by_job[job]) for job in finals}
    done = Counter(job for job, _, outcome in history if outcome == "completed")
    completed = {job: attempt for job, attempt, outcome in history if outcome == "completed"}
    differ = [id for id, row in rows.items() if (completed.get(id) == row[2]) != (row[1] == "completed")]
    return differ + [job for job, n in finals.items() if n > rounds[job] or done[job] > 1]


def _started_after_cancel(events: list[Entry]) -> bool:
    cancelled = False
    for entry in events:
        if entry.event == "start" and cancelled:
            return True
        cancelled = entry.event == "cancelled" or (cancelled and entry.event != "retrying")
    return False


def _most_starts(events: list[Entry]) -> int:
    most = count = 0
    for entry in events:
        count = 0 if entry.event == "retrying" else count + (entry.event == "start")
        most = max(most, count)
    return most


def _recoveries(told: list[Entry]) -> Iterator[tuple[float, float, float]]:
    """First and last death of a process that had a job in its hands (a line `fault:kill` that carries its pid as
    attempt), and when that job was started next. What such a process had settled is not started again: not counted."""
    held: dict[int, set[str]] = defaultdict(set)
    holder: dict[str, int] = {}
    dead: dict[str, tuple[float, float]] = {}
    for entry in sorted(told):
        if entry.event in ("held", "start"):
            if entry.event == "start" and entry.job in dead:
                yield *dead.pop(entry.job), entry.at
            held[holder.get(entry.job, 0)].discard(entry.job)
            held[entry.pid].add(entry.job)
            holder[entry.job] = entry.pid
        elif entry.event == "retrying":
            dead.pop(entry.job, None)  # the caller starts it anew
        elif entry.event == "fault:kill":
            for job in held.pop(entry.attempt or entry.pid, ()):
                dead[job] = dead.get(job, (entry.at,))[0], entry.at
        elif entry.event == "born":
            held.pop(entry.pid, None)  # the system has given the number of a dead process to this one


def _outages(told: list[Entry]) -> list[tuple[float, float]]:
    """When a store was away (`down:NAME` to `up:NAME`), oldest first, overlaps joined."""
    since: dict[str, float] = {}
    joined: list[tuple[float, float]] = []
    for entry in sorted(told):
        kind, _, store = entry.event.partition(":")
        if kind == "down":
            since.setdefault(store, entry.at)
        elif kind == "up" and store in since:
            began = since.pop(store)
            while joined and joined[-1][1] >= began:
                began = min(began, joined.pop()[0])
            joined.append((began, entry.at))
    return joined


def _overlap(outages: list[tuple[float, float]], since: float, to: float) -> float:
    first = bisect_left(outages, since, key=lambda outage: outage[1])
    overlap = 0.0
    for began, ended in outages[first:]:
        if began >= to:
            break
        overlap += min(ended, to) - max(began, since)
    return overlap


def _pairs(points: list[Entry]) -> int:
    by_process: dict[int, list[str]] = defaultdict(list)
    for entry in sorted(points):
        by_process[entry.pid].append(f"{entry.job} {entry.event}")
    return len({tuple(hits[:2]) for hits in by_process.values() if len(hits) > 1})


def _percentile(ordered: list[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else None
