"""RQ on Redis, with its SimpleWorker, which runs jobs in its own process instead of forking for each."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from time import sleep

import program
from program import CONCURRENCY, HANDLER_SECONDS, Payload
from redis import Redis
from rq import Queue, SimpleWorker
from rq.registry import ScheduledJobRegistry, StartedJobRegistry

PROCESSES = CONCURRENCY or 2
BULK = 1000
RESULT_SECONDS = 500  # its default: how long a finished job is kept

sys.path.insert(0, str(Path(__file__).parent))
redis = Redis.from_url(program.REDIS_URL)
queue = Queue("bench", connection=redis)


def bench(payload: Payload) -> None:
    program.ran(payload)
    if HANDLER_SECONDS:
        sleep(HANDLER_SECONDS)


def setup() -> None:
    redis.flushall()


def one(payloads: list[Payload]) -> None:
    for payload in payloads:
        queue.enqueue("peer.bench", payload, result_ttl=RESULT_SECONDS)


def bulk(payloads: list[Payload], delay: float) -> None:
    if delay:
        later(payloads, [datetime.now(UTC).timestamp() + delay] * len(payloads))
        return
    for start in range(0, len(payloads), BULK):
        chunk = payloads[start : start + BULK]
        jobs = [Queue.prepare_data("peer.bench", (payload,), result_ttl=RESULT_SECONDS) for payload in chunk]
        with redis.pipeline() as pipe:
            queue.enqueue_many(jobs, pipeline=pipe)
            pipe.execute()


def later(payloads: list[Payload], dues: list[float]) -> None:
    for payload, due in zip(payloads, dues, strict=True):
        queue.enqueue_at(datetime.fromtimestamp(due, UTC), "peer.bench", payload)


def work() -> None:
    worker = SimpleWorker([queue], connection=redis)
    worker.work(logging_level="ERROR", with_scheduler=program.DELAYED)


def left() -> int:
    return queue.count + len(StartedJobRegistry(queue=queue)) + len(ScheduledJobRegistry(queue=queue))


if __name__ == "__main__":
    program.main(sys.modules[__name__])
