"""How much of each measure: so that one measurement takes seconds, and the whole run stays within its time."""

from typing import NamedTuple

# jobs created one by one, created in bulk, drained
JOBS = {
    "tickwork": (1500, 100_000, 100_000),
    "graphile-worker": (1000, 60_000, 100_000),
    "pg-boss": (1500, 60_000, 80_000),
    "pgqueuer": (1500, 60_000, 50_000),
    "bullmq": (4000, 40_000, 40_000),
    "oban": (1000, 8000, 15_000),
    "celery": (2000, 5000, 5000),
    "rq": (3000, 15_000, 1500),
    "dramatiq": (4000, 8000, 8000),
    "huey": (6000, 12_000, 12_000),
    "procrastinate": (1500, 15_000, 2000),
}
PEERS = [name for name in JOBS if name != "tickwork"]
WAITS_IN_BULK = ["tickwork", "graphile-worker", "pg-boss", "pgqueuer", "bullmq"]  # others need minutes to load E


class Sizes(NamedTuple):
    """`waiting` are future jobs of measure E, for us and for a peer; `grown` the table sizes of the growth curves."""

    repetitions: int
    share: float
    delayed: tuple[int, int]
    waiting: int
    waiting_peer: int
    slow: int
    grown: tuple[int, ...]
    requests: int
    seconds: float

    def jobs(self, peer: str) -> tuple[int, int, int]:
        one, bulk, drain = JOBS[peer]
        return max(100, int(one * self.share)), int(bulk * self.share), int(drain * self.share)


FULL = Sizes(3, 1.0, (200, 20), 1_000_000, 100_000, 1000, (10_000, 100_000, 1_000_000), 2000, 1500)
QUICK = Sizes(1, 0.1, (50, 3), 50_000, 10_000, 200, (10_000, 50_000), 300, 280)
LONG = FULL._replace(waiting=10_000_000, grown=(10_000, 100_000, 1_000_000, 10_000_000), seconds=5400)
CONCURRENCY = 8  # of measure F: handlers at once
HANDLER_SECONDS = 0.02
