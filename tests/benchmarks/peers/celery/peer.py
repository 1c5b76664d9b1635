"""Celery on Redis. Acknowledges before it runs; keeps no results here (they would cost it more); delayed jobs are
fetched at once and held in the memory of a worker until they are due."""

import logging
import sys
from datetime import UTC, datetime
from time import sleep

import program
from celery import Celery
from program import CONCURRENCY, HANDLER_SECONDS, Payload
from redis import Redis

PROCESSES = 1 if CONCURRENCY else 2
POOL = f"--pool=threads --concurrency={CONCURRENCY}" if CONCURRENCY else "--pool=solo"
PREFETCH = 64

app = Celery("peer", broker=program.REDIS_URL)
app.conf.update(
    worker_prefetch_multiplier=max(1, PREFETCH // (CONCURRENCY or 1)),
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    worker_send_task_events=False,
    task_send_sent_event=False,
    broker_pool_limit=1,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    enable_utc=True,
)
logging.disable(logging.INFO)


@app.task(name="bench")
def bench(payload: Payload) -> None:
    program.ran(payload)
    if HANDLER_SECONDS:
        sleep(HANDLER_SECONDS)


def setup() -> None:
    Redis.from_url(program.REDIS_URL).flushall()


def one(payloads: list[Payload]) -> None:
    for payload in payloads:
        bench.apply_async((payload,))


def bulk(payloads: list[Payload], delay: float) -> None:
    with app.producer_pool.acquire() as producer:
        for payload in payloads:
            bench.apply_async((payload,), producer=producer, countdown=delay or None)


def later(payloads: list[Payload], dues: list[float]) -> None:
    for payload, due in zip(payloads, dues, strict=True):
        bench.apply_async((payload,), eta=datetime.fromtimestamp(due, UTC))


def work() -> None:
    app.worker_main(["worker", *POOL.split(), "--without-gossip", "--without-mingle", "--without-heartbeat", "-lERROR"])


def left() -> int:
    redis = Redis.from_url(program.REDIS_URL)
    return redis.llen("celery") + redis.hlen("unacked")


if __name__ == "__main__":
    program.main(sys.modules[__name__])
