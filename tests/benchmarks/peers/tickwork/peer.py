"""Ours. Ticks follow each other as one caller would call them; history is kept, both stores are durable."""

import os
import sys
from datetime import UTC, datetime
from time import sleep, time

import program
import psycopg
from program import CONCURRENCY, DELAYED, HANDLER_SECONDS, VARIANT, Payload
from pydantic import BaseModel

from tickwork import app
from tickwork.core.context import JobContext
from tickwork.core.handler import handler
from tickwork.core.job import NewJob
from tickwork.jobs.create import create_jobs, create_many
from tickwork.stores.postgres.migrate import migrate

PROCESSES = 1  # how many callers tick at the same time
TICK_SECONDS = 5.0  # measure D, plain: the caller's cadence
LINGER_SECONDS = 5.0  # measure D, "lingering": the same cadence, and each tick stays until the next one comes

if CONCURRENCY:
    os.environ["TICK_CONCURRENCY"] = str(CONCURRENCY)
if VARIANT == "lingering":
    os.environ["TICK_LINGER_SECONDS"] = str(LINGER_SECONDS)


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
    app.tick().run()  # the first tick on a new index looks through the whole table


def one(payloads: list[Payload]) -> None:
    for payload in payloads:
        create_jobs(app.store(), app.index(), [NewJob(type="bench", payload=payload)], batch=False)


def bulk(payloads: list[Payload], delay: float) -> None:
    jobs = (NewJob(type="bench", payload=payload, delay_seconds=delay or None) for payload in payloads)
    create_many(app.store(), app.index(), jobs)


def later(payloads: list[Payload], dues: list[float]) -> None:
    pairs = zip(payloads, dues, strict=True)
    jobs = [NewJob(type="bench", payload=p, scheduled_at=datetime.fromtimestamp(due, UTC)) for p, due in pairs]
    create_jobs(app.store(), app.index(), jobs)


def work() -> None:
    while True:
        answer = app.tick().run()
        if not answer["taken"]:
            sleep(TICK_SECONDS - time() % TICK_SECONDS if VARIANT == "plain" and DELAYED else 0.001)


def left() -> int:
    """From the exact counts: to count millions that wait takes a core for a second, in the midst of the drain."""
    with psycopg.connect(program.DATABASE_URL) as connection:
        query = "select sum(n) from tickwork.job_counts where status in ('pending', 'in_progress')"
        return int(connection.execute(query).fetchone()[0] or 0)


if __name__ == "__main__":
    program.main(sys.modules[__name__])
