"""The local AWS, moto's server: `python -m infra.local.aws PORT`. SES, S3 and SQS, in memory."""

import logging
import os
import sys
from typing import Any

from infra.local.plan import BUCKET, EMAIL_DOMAIN, QUEUE
from tickwork.core.settings import Settings
from tickwork.stores.aws import aws_client


def furnish(settings: Settings) -> None:
    """What jobs and deployments expect to find: a sender's domain, a bucket and a queue."""
    aws_client("sesv2", settings).create_email_identity(EmailIdentity=EMAIL_DOMAIN)
    aws_client("s3", settings).create_bucket(Bucket=BUCKET, **_location(settings.aws_region))
    aws_client("sqs", settings).create_queue(QueueName=QUEUE)


def _location(region: str) -> dict[str, Any]:
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def main(port: str) -> None:
    os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"  # or any site that a browser here visits could read mails and files
    from moto.server import main as serve

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each request
    serve(["--host", "127.0.0.1", "--port", port])


if __name__ == "__main__":
    main(sys.argv[1])
