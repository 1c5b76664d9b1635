"""One run: every measure of every peer, round by round, so that whatever the machine does meets all of them.

Whatever fails is written down and left out; once the time is up nothing new is begun.
"""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.benchmarks import growth, limits, requests_rate, stages
from tests.benchmarks.environments import NotHere, command
from tests.benchmarks.program import Failed, call
from tests.benchmarks.sizes import CONCURRENCY, HANDLER_SECONDS, WAITS_IN_BULK, Sizes
from tests.benchmarks.stand import Stand
from tests.benchmarks.waiting import beside_waiting

BARE_BATCH = 1000
FIGURES = ("A", "B", "C", "D", "D at once", "E", "F", "http", "limits", "memory")
SLOW = {"BENCH_HANDLER_SECONDS": str(HANDLER_SECONDS), "BENCH_CONCURRENCY": str(CONCURRENCY)}


class Run:
    """Fills `results`: figures as lists over the repetitions, by measure and peer."""

    def __init__(self, stand: Stand, sizes: Sizes, peers: Sequence[str]):
        self._stand = stand
        self._sizes = sizes
        self._until = time.monotonic() + sizes.seconds
        self._peers = list(peers)
        self.results: dict[str, Any] = {name: {} for name in FIGURES}
        self.results |= {"profile": {}, "growth": [], "left_out": []}

    def all(self) -> None:
        self._install()
        for repetition in range(self._sizes.repetitions):
            self._step("limits", self._limits)
            for peer in self._peers:
                self._step(f"{peer}: create, drain (round {repetition + 1})", lambda peer=peer: self._round(peer))
            self._step("http", self._http)
        self._step("profile", self._profile)
        for peer in [peer for peer in self._peers if peer in WAITS_IN_BULK]:
            self._step(f"{peer}: drain beside waiting jobs", lambda peer=peer: self._beside_waiting(peer))
        for rows in self._sizes.grown:
            self._step(f"growth at {rows:,} rows", lambda rows=rows: self._grow(rows))
        for peer in self._peers:
            self._step(f"{peer}: delays", lambda peer=peer: self._delays(peer))
            self._step(f"{peer}: slow handlers", lambda peer=peer: self._slow(peer))

    def _install(self) -> None:
        for peer in list(self._peers):
            try:
                command(peer)
            except NotHere as error:
                self._leave_out(peer, str(error))
                self._peers.remove(peer)

    def _step(self, name: str, run: Callable[[], None]) -> None:
        if time.monotonic() > self._until:
            self._leave_out(name, "the time was up")
            return
        start = time.monotonic()
        try:
            run()
        except Failed as error:
            self._leave_out(name, str(error))
        say(f"{name}: {time.monotonic() - start:.0f} s")

    def _round(self, peer: str) -> None:
        one, bulk, drain = self._sizes.jobs(peer)
        self._fresh(peer)
        self._note("A", peer, one, self._created(call(self._stand, peer, "one", one), one))
        self._fresh(peer)
        self._note("B", peer, bulk, self._created(call(self._stand, peer, "bulk", bulk), bulk))
        if drain != bulk:
            self._fresh(peer)
            call(self._stand, peer, "bulk", drain)
        self._drain("C", peer, drain)

    def _drain(self, measure: str, peer: str, jobs: int, **env: str) -> None:
        self._stand.settle()
        answer = call(self._stand, peer, "drain", jobs, **env)
        self._note(measure, peer, jobs, answer["seconds"])
        if measure == "C":
            self.results["memory"].setdefault(peer, []).append(answer["peak_mib"])
        self._note_repeated(measure, peer, answer["repeated"])

    def _note_repeated(self, measure: str, peer: str, jobs: int) -> None:
        if jobs:
            self._leave_out(f"{peer}, {measure}", f"not left out, but {jobs} jobs ran more than once")

    def _created(self, answer: dict[str, Any], jobs: int) -> float:
        if answer["left"] != jobs:
            raise Failed(f"created {jobs}, the store has {answer['left']}")
        return float(answer["seconds"])

    def _delays(self, peer: str) -> None:
        for variant in ("plain", "lingering") if peer == "tickwork" else ("",):
            self._fresh(peer)
            answer = call(self._stand, peer, "delayed", *self._sizes.delayed, BENCH_VARIANT=variant)
            self.results["D"][f"{peer} {variant}".strip()] = sorted(answer["delays_ms"])
            if answer["created_late_seconds"]:
                self._leave_out(f"{peer}, D", "not left out, but it created the jobs too slowly for their times")
        self._fresh(peer)
        answer = call(self._stand, peer, "at_once", self._sizes.delayed[0], BENCH_VARIANT="lingering")
        self.results["D at once"][peer] = sorted(answer["delays_ms"])

    def _slow(self, peer: str) -> None:
        self._fresh(peer)
        call(self._stand, peer, "bulk", self._sizes.slow)
        self._drain("F", peer, self._sizes.slow, **SLOW)

    def _beside_waiting(self, peer: str) -> None:
        waiting = self._sizes.waiting if peer == "tickwork" else self._sizes.waiting_peer
        drain, rounds = self._sizes.jobs(peer)[2], self._sizes.repetitions
        figures = beside_waiting(self._stand, peer, drain, waiting, rounds)
        self.results["E"][peer] = figures
        self._note_repeated("E", peer, figures["repeated"])

    def _limits(self) -> None:
        jobs = int(50_000 * self._sizes.share)
        self._stand.fresh()
        for name, figure in limits.measure(self._stand, jobs).items():
            self.results["limits"].setdefault(name, []).append(figure)
        stages.prepared(self._stand, jobs)
        rate = limits.bare_loop(self._stand, jobs, BARE_BATCH)
        self.results["limits"].setdefault("bare_loop_jobs", []).append(rate)

    def _http(self) -> None:
        self._fresh("tickwork")
        count = self._sizes.requests
        for workers in (1, 2):
            with requests_rate.serving(self._stand, "bench_trivial.py", "trivial", workers) as port:
                self._rate(f"trivial function, {workers} worker", requests_rate.rate(port, count))
            with requests_rate.serving(self._stand, "bench_create.py", "create_job", workers) as port:
                self._rate(f"create_job, {workers} worker", requests_rate.rate(port, count))
                self._rate(
                    f"create_job by 1,000, {workers} worker", requests_rate.rate(port, max(8, count // 50), 1000)
                )

    def _rate(self, name: str, rate: float) -> None:
        self.results["http"].setdefault(name, []).append(rate)

    def _profile(self) -> None:
        self.results["profile"] = stages.profile(self._stand, int(50_000 * self._sizes.share))

    def _grow(self, rows: int) -> None:
        self.results["growth"].append(growth.grow(self._stand, rows))

    def _fresh(self, peer: str) -> None:
        self._stand.fresh()
        call(self._stand, peer, "setup")

    def _note(self, measure: str, peer: str, jobs: int, seconds: float) -> None:
        self.results[measure].setdefault(peer, []).append(jobs / seconds)

    def _leave_out(self, what: str, why: str) -> None:
        self.results["left_out"].append({"what": what, "why": why})
        say(f"{what}: {why}")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
