"""The queue of DISPATCH=sqs, on moto's server in a process of its own, and what may become of the messages in it."""

import json
import random
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from infra.local.bridge import carry
from infra.local.plan import ACCOUNT, AWS_KEYS, REGION
from infra.local.valkey import free_ports
from tests.chaos.worker import Env
from tests.processes import wait_for_port

VISIBILITY_SECONDS = 3  # what nobody deletes within comes again
DEPTH = 2  # QUEUE_DEPTH of a campaign
REMEMBERED = 100
PATIENCE_SECONDS = 1
STRANGE = ["not JSON", "{}", '{"ids": []}', '{"ids": ["7"]}', '{"ids": null, "budget_seconds": -1}']


class SqsServer:
    """Forgets everything when it is killed; `start` brings it back empty, at the same port."""

    def __init__(self, log: Path):
        (self.port,) = free_ports(1)
        self._log = log
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with self._log.open("ab") as output:
            command = [sys.executable, "-m", "infra.local.aws", str(self.port)]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        wait_for_port(self.port, self.process, self._log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Queue:
    """A queue of `server`. What breaks messages raises ProcessLookupError when none is there to be broken."""

    def __init__(self, server: SqsServer, name: str = "batches"):
        import boto3
        from botocore.config import Config

        self._server, self._name = server, name
        self._sent: deque[str] = deque(maxlen=REMEMBERED)
        keys = {name.lower(): value for name, value in AWS_KEYS.items()}
        config = Config(connect_timeout=1, read_timeout=2 + PATIENCE_SECONDS, retries={"max_attempts": 0})
        self._sqs = boto3.client("sqs", region_name=REGION, endpoint_url=server.address, config=config, **keys)
        self.create()

    def create(self) -> None:
        self._sqs.create_queue(QueueName=self._name, Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)})

    def close(self) -> None:
        self._sqs.delete_queue(QueueUrl=self._url)
        self._sqs.close()

    def env(self, port: int = 0) -> Env:
        """What a tick is told; `port`: of a proxy before the server."""
        address = f"http://127.0.0.1:{port or self._server.port}"
        where = {"AWS_ENDPOINT_URL": address, "RUN_JOBS_QUEUE_URL": f"{address}/{ACCOUNT}/{self._name}"}
        return {"DISPATCH": "sqs", "QUEUE_DEPTH": str(DEPTH)} | where | AWS_KEYS

    def deliver_twice(self, chance: random.Random) -> None:
        """What waits, and something that was there before: by now its jobs may run elsewhere, or be done."""
        self._sent.extend(message["Body"] for message in self._waiting(0))
        if not self._sent:
            raise ProcessLookupError
        for body in {self._sent[-1], *chance.sample(list(self._sent), min(3, len(self._sent)))}:
            self._send(body)

    def lose(self) -> None:
        """All that wait, at least one."""
        if not (messages := self._waiting(VISIBILITY_SECONDS)):
            raise ProcessLookupError
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        self._sqs.purge_queue(QueueUrl=self._url)

    def delay(self, seconds: int) -> None:
        """Who waits now is seen by nobody for so long."""
        if not self._waiting(seconds):
            raise ProcessLookupError

    def carry(self, env: Env) -> int:
        """What waits, once, to the run_jobs of `env`, as the bridge does it; how many batches that took."""
        signed = {"Authorization": f"Bearer {env['TICK_SECRET']}"}
        with httpx.Client(trust_env=False, timeout=20, headers=signed) as client:
            return carry(self._sqs, self._url, client, env["RUN_JOBS_URL"])

    def fill(self) -> None:
        """With batches of nobody's jobs, and with what is no batch."""
        for body in STRANGE:
            self._send(body)
        for _ in range(DEPTH):
            self._send(json.dumps({"ids": [str(uuid4()) for _ in range(100)], "budget_seconds": 1}))

    def _waiting(self, hidden_seconds: int) -> list[Any]:
        told = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=PATIENCE_SECONDS,
            VisibilityTimeout=hidden_seconds,
        )
        return list(told.get("Messages", []))

    def _send(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._url, MessageBody=body)

    @property
    def _url(self) -> str:
        return f"{self._server.address}/{ACCOUNT}/{self._name}"
