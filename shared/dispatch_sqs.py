"""DISPATCH=sqs: batches go into a queue, and the platform starts as many run_jobs as there are batches."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic, sleep
from uuid import UUID

from pydantic_core import to_json

from shared.aws import aws_client
from shared.due_index import IndexDown
from shared.faults import fault
from shared.pause import Pause
from shared.report import Report
from shared.settings import Settings


class SqsDispatch:
    """What becomes of a batch is run_jobs's to tell. One that does not reach it within its lease is taken again, and
    whichever comes second finds its jobs claimed. While `queue_depth` batches wait no more are added: their leases
    would end before their turn; a tick that stays asks less and less often whether there is room. `put_back` is told
    of ids that were not handed over."""

    def __init__(
        self,
        settings: Settings,
        put_back: Callable[[Iterable[UUID]], None],
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], None] = sleep,
    ):
        self._settings = settings
        self._put_back = put_back
        self._clock = clock
        self._sleep = sleep
        self._pause = Pause(clock)

    def __call__(self, ids: list[UUID], until: float, report: Report) -> int:
        fault("hand_over.before")
        if not self._pause.may_ask():
            self._keep_none(ids)
            self._sleep(max(0.0, min(self._pause.left(), until - self._clock())))
            return 0
        if not self._sent(ids, report):
            self._pause.refused()
            self._keep_none(ids)
            return 0
        self._pause.accepted()
        report.add({"handed_over": len(ids)})
        fault("hand_over.answered")
        return len(ids)

    def _keep_none(self, ids: list[UUID]) -> None:
        with suppress(IndexDown):  # their leases bring them back
            self._put_back(ids)

    def _sent(self, ids: list[UUID], report: Report) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        body = to_json({"ids": ids, "budget_seconds": self._settings.tick_budget_seconds}).decode()
        try:
            sqs = aws_client("sqs", self._settings)
            if self._waiting(sqs) >= self._settings.queue_depth:
                return False
            sqs.send_message(QueueUrl=self._settings.run_jobs_queue_url, MessageBody=body)
        except (BotoCoreError, ClientError):
            report.degrade("queue")
            return False
        return True

    def _waiting(self, sqs: object) -> int:
        name = "ApproximateNumberOfMessages"
        url = self._settings.run_jobs_queue_url
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])  # type: ignore[attr-defined]
        return int(told["Attributes"][name])
