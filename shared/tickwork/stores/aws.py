"""Clients of AWS, one per service and place, made at first use and shared by threads (boto3 clients allow that)."""

import threading
from typing import Any

from tickwork.core.settings import Settings

_clients: dict[tuple[str, str, str], Any] = {}
_lock = threading.Lock()


def aws_client(service: str, settings: Settings) -> Any:
    """boto3's client of `service` ("s3", "sesv2", "sqs"); credentials come from where boto3 looks for them."""
    key = (service, settings.aws_region, settings.aws_endpoint_url)
    with _lock:
        if key not in _clients:
            _clients[key] = _connect(*key)
        return _clients[key]


def _connect(service: str, region: str, endpoint_url: str) -> Any:
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    config = Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 2})
    return boto3.session.Session().client(service, region_name=region, endpoint_url=endpoint_url or None, config=config)
