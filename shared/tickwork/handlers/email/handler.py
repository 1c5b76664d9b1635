"""Job type email."""

import mimetypes
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    NameEmail,
    StringConstraints,
    TypeAdapter,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from tickwork.core.context import JobContext
from tickwork.core.errors import Misconfigured, Permanent
from tickwork.core.handler import handler
from tickwork.core.settings import settings
from tickwork.handlers.input_file import Source

MAX_RECIPIENTS = 50  # of one message, to, cc and bcc together: SES's own limit
MAX_ATTACHMENTS = 10
MAX_ATTACHED_BYTES = 7 * 1024 * 1024  # all together; base64 makes 10 MB of it, which is what mail servers commonly take
MAX_TEXT_CHARACTERS = 200_000

WIRE = policy.SMTP.clone(max_line_length=200)


def _ascii_mailbox(address: str) -> str:
    """`Jürgen@bücher.example` cannot be sent everywhere; `juergen@xn--bcher-kva.example` can."""
    import idna

    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise ValueError("the part before the @ must be plain ASCII; few mail servers take others")
    return address if domain.isascii() else f"{local}@{idna.encode(domain, uts46=True).decode()}"


def _mailbox(given: NameEmail) -> NameEmail:
    """Without the display name that pydantic makes of the part before the @."""
    if len(given.name) > 128 or not given.name.isprintable():
        raise ValueError("a display name has at most 128 characters, all of them printable")
    name = "" if given.name == given.email.rpartition("@")[0] else given.name
    return NameEmail(name, _ascii_mailbox(given.email))


Mailbox = Annotated[NameEmail, AfterValidator(_mailbox)]
Recipient = Annotated[EmailStr, AfterValidator(_ascii_mailbox)]
ONE: TypeAdapter[str] = TypeAdapter(Recipient)


def _one_or_many(value: Any, many: ValidatorFunctionWrapHandler) -> Any:
    """A fault of one that stands alone is told of the field, not of a first item that the caller did not send."""
    return [ONE.validate_python(value)] if isinstance(value, str) else many(value)


Mailboxes = Annotated[
    list[Recipient],
    WrapValidator(_one_or_many),
    Field(max_length=MAX_RECIPIENTS),
]
# One line: a line break in a header would start a header of the caller's choice.
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f\u0085\u2028\u2029]*$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f/\\\u0085\u2028\u2029]+$", max_length=200)]


class Attachment(Source):
    """A file that is fetched when the e-mail is sent."""

    filename: FileName | None = Field(
        None, description="As the reader sees it; otherwise the last part of url or key.", examples=["invoice-1042.pdf"]
    )

    @property
    def name(self) -> str:
        place = self.key or str(self.url).partition("?")[0].rstrip("/")
        last = "".join(character for character in place.rpartition("/")[2] if character.isprintable())
        return self.filename or last[-200:] or "attachment"


class Email(BaseModel):
    """A message: at least one recipient, and text, html or both."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"to": ["ada@example.com"], "subject": "Your order", "text": "It is on its way."}]
        },
    )

    to: Mailboxes = Field(min_length=1, description="One address or several.", examples=[["ada@example.com"]])
    cc: Mailboxes = Field(default_factory=list, description="Copies that everybody sees.")
    bcc: Mailboxes = Field(default_factory=list, description="Copies that nobody sees.")
    sender: Mailbox | None = Field(
        None, alias="from", title="From", description="Otherwise EMAIL_FROM.", examples=["Tickwork <jobs@example.com>"]
    )
    reply_to: Mailboxes = Field(default_factory=list, description="Where answers go, when not to the sender.")
    subject: Line = Field(min_length=1, max_length=500, description="One line.", examples=["Your order"])
    text: str | None = Field(
        None, max_length=MAX_TEXT_CHARACTERS, description="Plain text.", examples=["It is on its way."]
    )
    html: str | None = Field(
        None, max_length=MAX_TEXT_CHARACTERS, title="HTML", description="Shown instead of the text."
    )
    attachments: list[Attachment] = Field(
        default_factory=list, max_length=MAX_ATTACHMENTS, description="Files by URL or by storage key, 7 MiB in all."
    )

    @model_validator(mode="after")
    def complete(self) -> Self:
        if not self.text and not self.html:
            raise ValueError("give text, html or both")
        if len(self.recipients) > MAX_RECIPIENTS:
            raise ValueError(f"to, cc and bcc together have at most {MAX_RECIPIENTS} addresses")
        return self

    @property
    def recipients(self) -> list[str]:
        return [*self.to, *self.cc, *self.bcc]


@handler("email", timeout=60)
def email(payload: Email, job: JobContext) -> dict[str, Any]:
    """Send an e-mail, by SMTP when SMTP_URL is set and by SES otherwise."""
    from tickwork.handlers.email.mailer import open_mailer

    mailer = open_mailer(settings())
    message = compose(payload, job)
    job.check()
    sent = mailer.send(message, payload.to, payload.cc, payload.bcc)
    if sent.refused:
        job.log("some recipients were refused", refused=sent.refused)
    return {"message_id": sent.message_id, "recipients": len(payload.recipients), "refused": sent.refused}


def compose(payload: Email, job: JobContext) -> EmailMessage:
    """The message, its attachments fetched. Its Message-ID is the job's, so a repeat can be told from a second one."""
    message = EmailMessage(policy=WIRE)
    sender = _sender(payload)
    message["From"] = sender
    message["To"] = _addresses(payload.to)
    if payload.cc:
        message["Cc"] = _addresses(payload.cc)
    if payload.reply_to:
        message["Reply-To"] = _addresses(payload.reply_to)
    message["Subject"] = payload.subject
    message["Date"] = format_datetime(job.now)
    message["Message-ID"] = f"<{job.id}@{sender.domain}>"
    _write_body(message, payload)
    _attach(message, payload.attachments, job)
    return message


def _sender(payload: Email) -> Address:
    mailbox = payload.sender or _own_mailbox(settings().email_from)
    return Address(mailbox.name, addr_spec=mailbox.email)


def _own_mailbox(email_from: str) -> NameEmail:
    try:
        return TypeAdapter[NameEmail](Mailbox).validate_python(email_from)
    except ValueError:
        raise Misconfigured("the e-mail names no sender and EMAIL_FROM is no address: set EMAIL_FROM") from None


def _addresses(addresses: list[str]) -> list[Address]:
    return [Address(addr_spec=address) for address in addresses]


def _write_body(message: EmailMessage, payload: Email) -> None:
    # base64, since 8-bit bytes are not safe on every way and quoted-printable is longer for most scripts
    if payload.text:
        message.set_content(payload.text, cte="base64")
    if payload.text and payload.html:
        message.add_alternative(payload.html, subtype="html", cte="base64")
    elif payload.html:
        message.set_content(payload.html, subtype="html", cte="base64")


def _attach(message: EmailMessage, attachments: list[Attachment], job: JobContext) -> None:
    left = MAX_ATTACHED_BYTES
    for attachment in attachments:
        job.check()
        data = attachment.read(settings(), MAX_ATTACHED_BYTES, job.seconds_left)
        left -= len(data)
        if left < 0:
            raise Permanent(f"the attachments together are over {MAX_ATTACHED_BYTES:,} bytes")
        kind, encoding = mimetypes.guess_type(attachment.name)
        main, _, sub = (kind if kind and not encoding else "application/octet-stream").partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=attachment.name)
