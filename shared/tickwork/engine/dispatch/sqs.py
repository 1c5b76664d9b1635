"""DISPATCH=sqs: batches go into a queue, and the platform starts as many run_jobs as there are batches."""

from uuid import UUID

from pydantic_core import to_json

from tickwork.core.settings import Settings
from tickwork.engine.report import Report
from tickwork.stores.aws import aws_client


class SqsDispatch:
    """What becomes of a batch is run_jobs's to tell. One that does not reach it within its lease is taken again, and
    whichever comes second finds its jobs claimed. While `queue_depth` batches wait no more are added: their leases
    would end before their turn."""

    def __init__(self, settings: Settings):
        self._settings = settings

    def __call__(self, ids: list[UUID], _: float, report: Report) -> int | None:
        if not self._sent(ids, report):
            return None
        report.add({"handed_over": len(ids)})
        return len(ids)

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
