"""From the queue to run_jobs, as a platform's event source does it: `python -m infra.local.bridge`.

A message is deleted once run_jobs has taken it; one that it could not take comes again. Several are carried at once, so
that a batch with a slow job holds up no other.
"""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from typing import Any

import httpx

from infra.local.idle import LIMITS
from infra.local.prepare import bearer, wait_for
from tickwork.core.settings import Settings, load_settings
from tickwork.stores.aws import aws_client

AT_ONCE = 4
WAIT_SECONDS = 1
PAUSE_SECONDS = 1.0
TIMEOUT_SECONDS = 900


def carry(queue: Any, url: str, client: httpx.Client, address: str) -> int:
    """Bring the next few messages to run_jobs at `address`; returns how many it took."""
    return sum(_carried(queue, url, client, address, message) for message in _received(queue, url, AT_ONCE))


def _received(queue: Any, url: str, most: int) -> list[dict[str, Any]]:
    answer = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=most, WaitTimeSeconds=WAIT_SECONDS)
    return list(answer.get("Messages", []))


def _carried(queue: Any, url: str, client: httpx.Client, address: str, message: dict[str, Any]) -> bool:
    headers = {"Content-Type": "application/json"}
    answer = client.post(address, content=message["Body"], headers=headers)
    if answer.status_code >= 500:
        return False
    queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return True


class Bridge:
    """`receive(most)` gives messages, `carried(message)` brings one to run_jobs. Either may raise."""

    def __init__(self, receive: Callable[[int], list[Any]], carried: Callable[[Any], object]):
        self._receive = receive
        self._carried = carried
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._under_way: set[Future[object]] = set()

    def step(self) -> None:
        """Begin to carry what has come; waits for a place when all are taken. Raises what went wrong meanwhile."""
        for message in self._receive(AT_ONCE - len(self._under_way)):
            self._under_way.add(self._pool.submit(self._carried, message))
        patience = None if len(self._under_way) == AT_ONCE else 0
        done, self._under_way = wait(self._under_way, patience, FIRST_COMPLETED)
        for one in done:
            one.result()


def run(settings: Settings) -> None:
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    queue, url = aws_client("sqs", settings), settings.run_jobs_queue_url
    with suppress(BotoCoreError, ClientError):  # it may still be starting; should it stay away, that is said below
        wait_for(lambda: queue.get_queue_attributes(QueueUrl=url), BotoCoreError, ClientError)
    trouble = ""
    signed = bearer(settings.tick_secret)
    with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, headers=signed, limits=LIMITS) as client:
        bridge = Bridge(partial(_received, queue, url), partial(_carried, queue, url, client, settings.run_jobs_url))
        while True:
            try:
                bridge.step()
                trouble = _told(trouble, "")
            except (BotoCoreError, ClientError, httpx.HTTPError) as error:
                trouble = _told(trouble, f"{type(error).__name__}: the queue or run_jobs does not answer")
                time.sleep(PAUSE_SECONDS)


def _told(before: str, now: str) -> str:
    """Trouble is said once, and its end once."""
    if now != before:
        print(now or "all is well again")
    return now


if __name__ == "__main__":
    run(load_settings())
