"""Who works in a campaign, by dispatch: ticks, the run_jobs that they hand over to, bridges from the queue to it."""

from itertools import cycle
from typing import Any, NamedTuple

from infra.local.valkey import free_ports
from tests.chaos.worker import Env, carry_always, serve_run_jobs, tick_always


class Numbers(NamedTuple):
    """One tick for each of `ticks`, which says how it hands over."""

    ticks: tuple[str, ...]
    runners: int = 0
    bridges: int = 0

    @property
    def queue(self) -> bool:
        return self.bridges > 0


NUMBERS = {
    "local": Numbers(("local",) * 3),
    "http": Numbers(("http",) * 3, runners=2),
    "sqs": Numbers(("sqs",) * 3, runners=2, bridges=2),
    "mixed": Numbers(("local", "http", "sqs"), runners=2, bridges=1),
}


class Worker:
    """A place of a process that is born again whenever it died."""

    def __init__(self, target: Any, env: Env, *rest: Any):
        self.target, self.env, self.rest = target, env, rest
        self.process: Any = None
        self.at_work: Any = None


class LineUp:
    """`env`: the stores; `queued`: the queue, when there is one."""

    def __init__(self, numbers: Numbers, env: Env, queued: Env):
        ports = free_ports(numbers.runners)
        runners = cycle([f"http://127.0.0.1:{port}/run" for port in ports] or [""])
        local = {"local": {}, "http": {"DISPATCH": "http"}, "sqs": queued}
        self.ticks = [Worker(tick_always, env | local[how] | {"RUN_JOBS_URL": next(runners)}) for how in numbers.ticks]
        self.runners = [Worker(serve_run_jobs, dict(env), port) for port in ports]
        bridged = [env | queued | {"RUN_JOBS_URL": next(runners)} for _ in range(numbers.bridges)]
        self.bridges = [Worker(carry_always, env) for env in bridged]

    @property
    def all(self) -> list[Worker]:
        return self.ticks + self.runners + self.bridges
