"""One message to one channel: webhooks through our own guarded client, Slack and foreign mail servers through Apprise,
plain e-mail addresses through SES or SMTP_URL as all our mail."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from email.message import EmailMessage
from threading import get_ident
from warnings import filterwarnings

from tickwork.alerts.channel import plain_address
from tickwork.alerts.message import Delivery
from tickwork.core.errors import Misconfigured, TickworkError
from tickwork.core.settings import Settings
from tickwork.core.text import printable

SECONDS = 10.0
SMTP_PORT = 25
MAX_ANSWER_BYTES = 4096
MAX_ERROR_CHARACTERS = 300


def send(delivery: Delivery, settings: Settings) -> str | None:
    """None when it went out, otherwise why not: never the channel's address. Raises nothing."""
    try:
        _send(delivery, settings)
    except Exception as error:  # what libraries and servers come up with
        return _without(delivery.url, f"{printable(error, 2_000) or type(error).__name__}")[:MAX_ERROR_CHARACTERS]
    return None


class NotSent(TickworkError):
    pass


def _send(delivery: Delivery, settings: Settings) -> None:
    if delivery.kind == "webhook":
        _call(delivery, settings)
    elif delivery.kind == "email" and (address := plain_address(delivery.url)):
        _mail(delivery, address, settings)
    else:
        _notify(delivery, settings)


def _call(delivery: Delivery, settings: Settings) -> None:
    from pydantic_core import to_json

    from tickwork.handlers.http.client import fetch
    from tickwork.handlers.http.signature import signature

    data = {"title": delivery.title, "text": delivery.text, "job_type": delivery.subject or None}
    figures = {"count": delivery.count, "seconds": round(delivery.seconds, 1)}
    body = to_json({"type": f"alert.{delivery.event}", "timestamp": delivery.at, "data": data | figures})
    secrets = settings.webhook_secret.get_secret_value()
    signed = signature(secrets, str(delivery.id), delivery.at, body) if secrets else {}
    headers = {"content-type": "application/json", "user-agent": "Tickwork", "webhook-id": str(delivery.id)} | signed
    answer = fetch(
        "POST", delivery.url, seconds=SECONDS, max_bytes=MAX_ANSWER_BYTES,
        headers=headers, body=body, allow_hosts=settings.http_allow_hosts,
    )  # fmt: skip
    if not 200 <= answer.status < 300:
        raise NotSent(f"answered {answer.status}")


def _mail(delivery: Delivery, address: str, settings: Settings) -> None:
    from tickwork.handlers.email.mailer import open_mailer

    if not settings.email_from:
        raise Misconfigured("EMAIL_FROM is not set, so there is no sender for e-mails")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.email_from, address, delivery.title
    message["Message-ID"] = f"<{delivery.id}@{settings.email_from.rpartition('@')[2].strip('> ')}>"
    message.set_content(delivery.text)
    open_mailer(settings).send(message, [address], [], [])


def _notify(delivery: Delivery, settings: Settings) -> None:
    filterwarnings("ignore", message="'imghdr' is deprecated", category=DeprecationWarning)  # Apprise on Python 3.11
    import apprise

    service = apprise.Apprise.instantiate(delivery.url, suppress_exceptions=True)
    if service is None or service.service_name not in ("Slack", "E-Mail"):
        raise NotSent("Apprise does not know this address")
    host, port = getattr(service, "smtp_host", None) or service.host, service.port
    if delivery.kind == "email":
        _refuse_inside(host, port, settings)
    service.socket_connect_timeout = service.socket_read_timeout = SECONDS
    with _warnings() as said, _guarded(host, port, settings):
        went = service.notify(title=delivery.title, body=delivery.text, body_format="text")
    if not went:
        raise NotSent("; ".join(said) or "Apprise could not send it")


def _refuse_inside(host: str, port: int | None, settings: Settings) -> None:
    # Before Apprise resolves it without a deadline; where it then connects, the guard sees.
    from tickwork.handlers.http.client import resolve
    from tickwork.handlers.http.public_url import REFUSED, is_public

    if not _is_allowed(host, port, settings) and not all(map(is_public, resolve(host, port or SMTP_PORT, SECONDS))):
        raise NotSent(f"{host}: {REFUSED}")


def _guarded(host: str, port: int | None, settings: Settings) -> AbstractContextManager[None]:
    from tickwork.alerts.connect_guard import only_public

    return nullcontext() if _is_allowed(host, port, settings) else only_public(settings.http_allow_hosts)


def _is_allowed(host: str | None, port: int | None, settings: Settings) -> bool:
    from tickwork.handlers.http.public_url import Target, is_allowed_by_name

    return is_allowed_by_name(Target("http", (host or "").lower(), port or SMTP_PORT, "/"), settings.http_allow_hosts)


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """What Apprise tells its log in this thread meanwhile: it says why only there."""
    said: list[str] = []
    thread = get_ident()

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == thread:
                said.append(printable(record.getMessage(), MAX_ERROR_CHARACTERS))

    logger, keeper = logging.getLogger("apprise"), Keeper(logging.WARNING)
    logger.addHandler(keeper)
    logger.propagate = False  # its lines are no JSON
    try:
        yield said
    finally:
        logger.removeHandler(keeper)


def _without(url: str, text: str) -> str:
    """`text` without the address and without the parts of it that are secrets: paths, passwords, parameters."""
    from urllib.parse import unquote

    for secret in [url, *_secrets_in(url)]:
        for form in {secret, unquote(secret)} if secret else ():
            text = text.replace(form, "…")
    return text


def _secrets_in(url: str) -> list[str]:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
    except ValueError:  # stored before such were refused
        return []
    path = [part for part in parts.path.split("/") if len(part) > 5]
    return [parts.netloc if "@" in parts.netloc else "", parts.password or "", parts.query, *path]
