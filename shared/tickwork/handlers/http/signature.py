"""Standard Webhooks signatures: https://www.standardwebhooks.com/. Receivers verify them with any of its libraries."""

from datetime import UTC, datetime

from tickwork.core.errors import Misconfigured


def signature(secrets: str, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Headers that sign `body`. In a rotation WEBHOOK_SECRET holds both secrets, comma-separated, and both sign."""
    from standardwebhooks import Webhook

    at = at.astimezone(UTC)
    try:
        signers = [Webhook(secret.strip()) for secret in secrets.split(",")]
    except Exception:  # the library's own error, or base64's; neither may show the secret
        raise Misconfigured("WEBHOOK_SECRET: not whsec_ and base64") from None
    signed = [signer.sign(id, at, body.decode()) for signer in signers]
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }
