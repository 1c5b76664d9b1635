"""Who carries an e-mail away: an SMTP server, or SES."""

import smtplib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from tickwork.core.errors import Misconfigured, Permanent, TickworkError
from tickwork.core.settings import Settings
from tickwork.stores.aws import aws_client

TIMEOUT_SECONDS = 15

# SES's refusals that the same message meets again. A throttled or paused account may send it later.
FINAL_CODES = frozenset(
    {
        "MessageRejected", "BadRequestException", "MailFromDomainNotVerifiedException", "MailFromDomainNotVerified",
        "AccountSuspendedException", "NotFoundException", "InvalidParameterValue", "ValidationException",
    }
)  # fmt: skip


class Sent(NamedTuple):
    """`refused` are recipients that were turned away while others were taken, with the server's words."""

    message_id: str
    refused: dict[str, str]


class NotSent(TickworkError):
    """Another attempt may succeed."""


class Mailer(Protocol):
    def send(self, message: EmailMessage, to: list[str], cc: list[str], bcc: list[str]) -> Sent:
        """Permanent when it was refused for good; any other error may be tried again."""


def open_mailer(settings: Settings) -> Mailer:
    url = settings.smtp_url.get_secret_value()
    return Smtp(url) if url else Ses(settings)


class Ses:
    def __init__(self, settings: Settings):
        self._settings = settings

    def send(self, message: EmailMessage, to: list[str], cc: list[str], bcc: list[str]) -> Sent:
        from botocore.exceptions import ClientError  # type: ignore[import-untyped]

        try:
            answer = aws_client("sesv2", self._settings).send_email(
                FromEmailAddress=message["From"].addresses[0].addr_spec,
                Destination={"ToAddresses": to, "CcAddresses": cc, "BccAddresses": bcc},
                Content={"Raw": {"Data": message.as_bytes()}},
            )
        except ClientError as error:
            raise _ses_verdict(error) from error
        return Sent(answer["MessageId"], {})


class Smtp:
    """`smtp://` turns to TLS when the server offers it, and demands it before a password; `smtps://` starts with it."""

    def __init__(self, url: str):
        try:
            self._parts = urlsplit(url)
            self._port = self._parts.port
        except ValueError:
            raise _bad_url() from None
        if self._parts.scheme not in ("smtp", "smtps") or not self._parts.hostname:
            raise _bad_url()

    def send(self, message: EmailMessage, to: list[str], cc: list[str], bcc: list[str]) -> Sent:
        with self._connected() as server, _verdicts():
            refused = server.send_message(message, to_addrs=[*to, *cc, *bcc])
        words = {address: _words(code, text) for address, (code, text) in refused.items()}
        return Sent(str(message["Message-ID"]), words)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._connect()
        try:
            self._log_in(server)
            yield server
        finally:
            server.close()

    def _connect(self) -> smtplib.SMTP:
        host = self._parts.hostname or ""
        if self._parts.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, self._port or 465, timeout=TIMEOUT_SECONDS, context=context)
        return smtplib.SMTP(host, self._port or 587, timeout=TIMEOUT_SECONDS)

    def _log_in(self, server: smtplib.SMTP) -> None:
        secure = self._parts.scheme == "smtps"
        server.ehlo_or_helo_if_needed()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            secure = True
        if not self._parts.username:
            return
        if not secure and not _is_loopback(self._parts.hostname or ""):
            raise Misconfigured("SMTP_URL: the server offers no TLS, so no password is sent to it")
        server.login(unquote(self._parts.username), unquote(self._parts.password or ""))


@contextmanager
def _verdicts() -> Iterator[None]:
    """Turn a refusal of the message itself into Permanent or NotSent."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        answers = error.recipients.values()
        text = "; ".join(f"{who}: {_words(*answer)}" for who, answer in error.recipients.items())
        raise _smtp_verdict((code for code, _ in answers), text) from error
    except smtplib.SMTPResponseException as error:
        raise _smtp_verdict([error.smtp_code], _words(error.smtp_code, error.smtp_error)) from error


def _smtp_verdict(codes: Iterable[int], text: str) -> TickworkError:
    return Permanent(text) if all(500 <= code < 600 for code in codes) else NotSent(text)


def _ses_verdict(error: Any) -> TickworkError:
    code = error.response.get("Error", {}).get("Code", "")
    return Permanent(str(error)) if code in FINAL_CODES else NotSent(str(error))


def _words(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"


def _bad_url() -> Misconfigured:
    return Misconfigured("SMTP_URL: not smtp://user:password@host:587 or smtps://user:password@host:465")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
