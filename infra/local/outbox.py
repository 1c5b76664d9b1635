"""E-mails that the local SES took, newest first."""

from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

import httpx


async def read_outbox(client: httpx.AsyncClient, aws_endpoint_url: str) -> list[dict[str, Any]]:
    """[{"id", "from", "to", "subject", "text", "html", "attachments": [name]}]; httpx.HTTPError if that is no moto."""
    answer = await client.get(f"{aws_endpoint_url}/moto-api/data.json")
    answer.raise_for_status()
    return [_mail(raw) for raw in reversed(answer.json()["ses"]["RawMessage"])]


def _mail(raw: dict[str, Any]) -> dict[str, Any]:
    message = message_from_string(raw["raw_data"], policy=policy.default)
    return {
        "id": raw["id"],
        "from": message["From"],
        "to": list(dict.fromkeys(raw["destinations"])),
        "subject": message["Subject"],
        "text": _body(message, "plain"),
        "html": _body(message, "html"),
        "attachments": [part.get_filename() for part in message.iter_attachments()],
    }


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return None if part is None else part.get_content()
