"""From the queue to run_jobs, as a platform's event source does it: `python -m infra.local.bridge`.

A message is deleted once run_jobs has taken it; one that it could not take comes again.
"""

import sys
import time
from typing import Any

import httpx

from infra.local.prepare import bearer
from shared.aws import aws_client
from shared.settings import Settings, load_settings

WAIT_SECONDS = 1
PAUSE_SECONDS = 1.0
TIMEOUT_SECONDS = 900


def carry(queue: Any, url: str, client: httpx.Client, address: str) -> int:
    """Bring the next few messages to run_jobs at `address`; returns how many it took."""
    answer = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=4, WaitTimeSeconds=WAIT_SECONDS)
    return sum(_carried(queue, url, client, address, message) for message in answer.get("Messages", []))


def _carried(queue: Any, url: str, client: httpx.Client, address: str, message: dict[str, Any]) -> bool:
    headers = {"Content-Type": "application/json"}
    answer = client.post(address, content=message["Body"], headers=headers)
    if answer.status_code >= 500:
        return False
    queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return True


def run(settings: Settings) -> None:
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    queue = aws_client("sqs", settings)
    with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, headers=bearer(settings.tick_secret)) as client:
        while True:
            try:
                carry(queue, settings.run_jobs_queue_url, client, settings.run_jobs_url)
            except (BotoCoreError, ClientError, httpx.HTTPError) as error:
                print(f"{type(error).__name__}: the queue or run_jobs does not answer", file=sys.stderr)
                time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    run(load_settings())
