"""Huey on Redis. Pops a job without acknowledging: one that is running when its worker dies is lost."""

import logging
import sys
from datetime import UTC, datetime
from time import sleep

import program
from huey import RedisHuey
from program import CONCURRENCY, HANDLER_SECONDS, Payload

PROCESSES = 1  # its consumer starts WORKERS of WORKER_TYPE
WORKERS = CONCURRENCY or 3
WORKER_TYPE = "thread" if CONCURRENCY else "process"

huey = RedisHuey("bench", url=program.REDIS_URL, results=False, utc=True)
logging.disable(logging.INFO)


@huey.task()
def bench(payload: Payload) -> None:
    program.ran(payload)
    if HANDLER_SECONDS:
        sleep(HANDLER_SECONDS)


def setup() -> None:
    huey.storage.conn.flushall()


def one(payloads: list[Payload]) -> None:
    for payload in payloads:
        bench(payload)


def bulk(payloads: list[Payload], delay: float) -> None:
    for payload in payloads:  # it has no call that sends many
        if delay:
            bench.schedule((payload,), delay=delay)
        else:
            bench(payload)


def later(payloads: list[Payload], dues: list[float]) -> None:
    for payload, due in zip(payloads, dues, strict=True):
        bench.schedule((payload,), eta=datetime.fromtimestamp(due, UTC).replace(tzinfo=None))


def work() -> None:
    huey.create_consumer(
        workers=WORKERS, worker_type=WORKER_TYPE, periodic=False, initial_delay=0.01, max_delay=0.1
    ).run()


def left() -> int:
    return huey.pending_count() + huey.scheduled_count()


if __name__ == "__main__":
    program.main(sys.modules[__name__])
