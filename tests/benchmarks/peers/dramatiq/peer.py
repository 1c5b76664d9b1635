"""Dramatiq on Redis. Acknowledges after the run; keeps nothing of a finished job."""

import os
import sys
from pathlib import Path
from time import sleep, time

import dramatiq
import program
from dramatiq.brokers.redis import RedisBroker
from dramatiq.cli import main as dramatiq_main
from dramatiq.cli import make_argument_parser
from program import CONCURRENCY, HANDLER_SECONDS, Payload
from redis import Redis

PROCESSES = 1  # its command starts WORKERS processes
WORKERS = 1 if CONCURRENCY else 2
THREADS = CONCURRENCY or 32

broker = RedisBroker(url=program.REDIS_URL)
broker.middleware = [m for m in broker.middleware if type(m).__name__ != "Prometheus"]
dramatiq.set_broker(broker)


@dramatiq.actor(max_retries=3)
def bench(payload: Payload) -> None:
    program.ran(payload)
    if HANDLER_SECONDS:
        sleep(HANDLER_SECONDS)


def setup() -> None:
    Redis.from_url(program.REDIS_URL).flushall()


def one(payloads: list[Payload]) -> None:
    for payload in payloads:
        bench.send(payload)


def bulk(payloads: list[Payload], delay: float) -> None:
    for payload in payloads:  # it has no call that sends many
        bench.send_with_options(args=(payload,), delay=int(delay * 1000) or None)


def later(payloads: list[Payload], dues: list[float]) -> None:
    for payload, due in zip(payloads, dues, strict=True):
        bench.send_with_options(args=(payload,), delay=int((due - time()) * 1000))


def work() -> None:
    os.chdir(Path(__file__).parent)
    arguments = ["peer", "--processes", str(WORKERS), "--threads", str(THREADS), "--skip-logging"]
    dramatiq_main(make_argument_parser().parse_args(arguments))


def left() -> int:
    redis = Redis.from_url(program.REDIS_URL)
    return sum(redis.hlen(f"dramatiq:{queue}.msgs") for queue in ("default", "default.DQ"))


if __name__ == "__main__":
    program.main(sys.modules[__name__])
