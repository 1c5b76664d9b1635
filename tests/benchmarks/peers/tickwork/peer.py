"""Ours. Ticks follow each other as one caller would call them; history is kept, both stores are durable."""

import os
import sys
from datetime import UTC, datetime
from time import sleep, time

import program
import psycopg
from program import CONCURRENCY, DELAYED, HANDLER_SECONDS, VARIANT, Payload
from pydantic import BaseModel

from shared import wiring
from shared.context import JobContext
from shared.create import create_jobs
from shared.handlers import handler
from shared.job import MAX_BATCH, NewJob
from shared.migrate import migrate

PROCESSES = 1  # how many callers tick at the same time
TICK_SECONDS = 5.0  # measure D, plain: the caller's cadence
WOKEN_SECONDS = 1.0  # measure D, "woken": the caller comes at the answer's next_due_at, and at least this often

if CONCURRENCY:
    os.environ["TICK_CONCURRENCY"] = str(CONCURRENCY)


class Greeting(BaseModel):
    n: int
    to: str
    subject: str


@handler("bench")
def bench(payload: Greeting, job: JobContext) -> None:
    program.ran({"n": payload.n})
    if HANDLER_SECONDS:
        sleep(HANDLER_SECONDS)


def setup() -> None:
    migrate(program.DATABASE_URL)
    wiring.tick().run()  # the first tick on a new index looks through the whole table


def one(payloads: list[Payload]) -> None:
    for payload in payloads:
        create_jobs(wiring.store(), wiring.index(), [NewJob(type="bench", payload=payload)], batch=False)


def bulk(payloads: list[Payload], delay: float) -> None:
    for start in range(0, len(payloads), MAX_BATCH):
        chunk = payloads[start : start + MAX_BATCH]
        jobs = [NewJob(type="bench", payload=payload, delay_seconds=delay or None) for payload in chunk]
        create_jobs(wiring.store(), wiring.index(), jobs)


def later(payloads: list[Payload], dues: list[float]) -> None:
    pairs = zip(payloads, dues, strict=True)
    jobs = [NewJob(type="bench", payload=p, scheduled_at=datetime.fromtimestamp(due, UTC)) for p, due in pairs]
    create_jobs(wiring.store(), wiring.index(), jobs)


def work() -> None:
    while True:
        answer = wiring.tick().run()
        if not answer["taken"]:
            sleep(_pause(answer["next_due_at"]))


def left() -> int:
    with psycopg.connect(program.DATABASE_URL) as connection:
        query = "select count(*) from tickwork.jobs where status in ('pending', 'in_progress')"
        return connection.execute(query).fetchone()[0]


def _pause(next_due_at: datetime | None) -> float:
    now = time()
    if not DELAYED:
        return 0.001
    if VARIANT == "plain":
        return TICK_SECONDS - now % TICK_SECONDS
    return min(WOKEN_SECONDS, max(0.0, next_due_at.timestamp() - now)) if next_due_at else WOKEN_SECONDS


if __name__ == "__main__":
    program.main(sys.modules[__name__])
