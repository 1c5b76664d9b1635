"""Job type email, through a real SMTP server and through SES's stand-in."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses import ses_backends
from pydantic import ValidationError

from tests.unit.handlers.conftest import JOB_ID, NOW, Configure, Inbox
from tests.unit.handlers.servers import answers, serving
from tickwork.core.errors import Cancelled, Misconfigured, Permanent
from tickwork.core.settings import settings
from tickwork.handlers.email.handler import Email, compose
from tickwork.handlers.email.handler import email as send
from tickwork.handlers.email.mailer import NotSent, Smtp, open_mailer
from tickwork.stores.files import FileTooLarge, NoSuchFile, open_storage

LEAST = {"to": "ada@example.com", "subject": "Hello", "text": "Hi."}
FULL = {
    "to": ["ada@example.com", "bob@example.com"],
    "cc": ["carol@example.com"],
    "bcc": ["dan@example.com"],
    "from": "Tïckwork <jobs@example.com>",
    "reply_to": "help@example.com",
    "subject": "Grüße 👋 — 你好",
    "text": "Plain ünïcode.\n.\nA dot alone on a line.",
    "html": "<p>Rich <b>ünïcode</b></p>",
}


def read(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n").rstrip("\n")


def the_one(inbox: Inbox) -> tuple[EmailMessage, list[str], str]:
    (envelope,) = inbox.taken
    return read(envelope.content), envelope.rcpt_tos, envelope.mail_from


def test_the_least_e_mail(inbox: Inbox, job: Any) -> None:
    result = send(Email.model_validate(LEAST), job)
    message, recipients, sender = the_one(inbox)
    assert (recipients, sender) == (["ada@example.com"], "jobs@example.com")
    assert (message["From"], message["To"], message["Subject"]) == ("jobs@example.com", "ada@example.com", "Hello")
    assert NOW <= message["Date"].datetime <= job.now, "the database's time, carried on"
    assert message["Date"].endswith(" +0000")
    assert body(message, "plain") == "Hi."
    assert message["Message-ID"] == result["message_id"] == f"<{JOB_ID}@example.com>"
    assert result["recipients"] == 1
    assert result["refused"] == {}


def test_everything_at_once(inbox: Inbox, job: Any, configure: Configure) -> None:
    open_storage(settings()).put("pdf/1.pdf", b"%PDF-1.7 \xff", "application/pdf")
    with serving(answers(200, b"a,b\n")) as server:
        configure(HTTP_ALLOW_HOSTS=f"127.0.0.1:{server.port}")
        attachments = [{"key": "pdf/1.pdf"}, {"url": f"{server.url}/list.csv?x=y"},
                       {"key": "pdf/1.pdf", "filename": "Rechnung für Ä.pdf"}]  # fmt: skip
        send(Email.model_validate({**FULL, "attachments": attachments}), job)
    message, recipients, _ = the_one(inbox)
    assert recipients == ["ada@example.com", "bob@example.com", "carol@example.com", "dan@example.com"]
    assert message["To"] == "ada@example.com, bob@example.com"
    assert message["Cc"] == "carol@example.com"
    assert message["Bcc"] is None
    assert "dan@example.com" not in message.as_string()
    assert message["From"] == FULL["from"]
    assert message["Reply-To"] == "help@example.com"
    assert message["Subject"] == FULL["subject"]
    assert body(message, "plain") == FULL["text"]
    assert body(message, "html") == FULL["html"]
    attached = [(part.get_filename(), part.get_content_type()) for part in message.iter_attachments()]
    assert attached == [
        ("1.pdf", "application/pdf"), ("list.csv", "text/csv"), ("Rechnung für Ä.pdf", "application/pdf"),
    ]  # fmt: skip
    assert next(message.iter_attachments()).get_payload(decode=True) == b"%PDF-1.7 \xff"


def test_a_repeat_can_be_told_by_its_message_id(inbox: Inbox, make_job: Any) -> None:
    for attempt in (1, 2):
        send(Email.model_validate(LEAST), make_job(attempt))
    assert len({read(envelope.content)["Message-ID"] for envelope in inbox.taken}) == 1


@pytest.mark.parametrize("to", ["nobody", "jürgen@example.com"])
def test_a_wrong_address_is_named_as_it_was_sent(to: str) -> None:
    for given, place in ((to, ("to",)), (["ada@example.com", to], ("to", 1))):
        with pytest.raises(ValidationError) as refused:
            Email.model_validate(LEAST | {"to": given})
        assert [fault["loc"] for fault in refused.value.errors()] == [place]


def test_html_alone(inbox: Inbox, job: Any) -> None:
    send(Email.model_validate({"to": "a@example.com", "subject": "s", "html": "<p>x</p>"}), job)
    message, _, _ = the_one(inbox)
    assert message.get_content_type() == "text/html"


def test_bytes_on_the_wire_are_ascii_and_short_lines(job: Any) -> None:
    message = compose(Email.model_validate({**FULL, "text": "x" * 5000, "subject": "é" * 400}), job)
    lines = message.as_bytes().split(b"\r\n")
    assert all(line.isascii() and len(line) <= 998 for line in lines)


@pytest.mark.parametrize(("answer", "kind"), [("550 No such user", Permanent), ("451 Try later", NotSent)])
def test_refused_recipients(answer: str, kind: type[Exception], inbox: Inbox, job: Any) -> None:
    inbox.refusals["ada@example.com"] = answer
    with pytest.raises(kind, match=f"ada@example.com: {answer}"):
        send(Email.model_validate(LEAST), job)


def test_some_refused_recipients_do_not_fail_the_rest(inbox: Inbox, job: Any) -> None:
    inbox.refusals["bob@example.com"] = "550 No such user"
    result = send(Email.model_validate(FULL), job)
    assert result["refused"] == {"bob@example.com": "550 No such user"}
    assert the_one(inbox)[1] == ["ada@example.com", "carol@example.com", "dan@example.com"]
    assert job.logs[0]["message"] == "some recipients were refused"


@pytest.mark.parametrize(("answer", "kind"), [("554 Spam", Permanent), ("452 Full", NotSent)])
def test_a_refused_message(answer: str, kind: type[Exception], inbox: Inbox, job: Any) -> None:
    inbox.refusals["DATA"] = answer
    with pytest.raises(kind, match=answer):
        send(Email.model_validate(LEAST), job)


def test_no_server_may_be_tried_again(job: Any, configure: Configure) -> None:
    configure(SMTP_URL="smtp://127.0.0.1:1", EMAIL_FROM="jobs@example.com")
    with pytest.raises(ConnectionRefusedError):
        send(Email.model_validate(LEAST), job)


def test_a_password_is_not_sent_in_the_clear() -> None:
    class Plain:
        def ehlo_or_helo_if_needed(self) -> None: ...

        def has_extn(self, _name: str) -> bool:
            return False

        def login(self, *_: str) -> None:
            raise AssertionError("sent")

    with pytest.raises(Misconfigured, match="no password is sent"):
        Smtp("smtp://user:secret@mail.example.com")._log_in(Plain())  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["x", "http://mail.example.com", "smtp://", "smtp://host:99999", "smtp://[::1"])
def test_a_wrong_smtp_url_is_named_without_its_password(url: str) -> None:
    with pytest.raises(Misconfigured, match=r"^SMTP_URL: not smtp://user:password@host:587"):
        Smtp(url)


@pytest.mark.parametrize("email_from", ["", "nobody", "a@b@c", "Ada <>"])
def test_a_missing_sender_is_named(email_from: str, job: Any, configure: Configure) -> None:
    configure(SMTP_URL="smtp://127.0.0.1:1", EMAIL_FROM=email_from)
    with pytest.raises(Misconfigured, match="EMAIL_FROM"):
        send(Email.model_validate(LEAST), job)


@pytest.fixture
def ses(on_aws: str, configure: Configure) -> Iterator[Any]:
    """The messages that SES's stand-in took; example.com may send."""
    configure(EMAIL_FROM="Jobs <jobs@example.com>")
    client = boto3.client("sesv2", endpoint_url=on_aws, region_name="us-east-1")
    client.create_email_identity(EmailIdentity="example.com")
    backend = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    backend.sent_messages.clear()
    yield backend.sent_messages
    client.delete_email_identity(EmailIdentity="example.com")


def test_ses_sends_the_whole_message(ses: list[Any], job: Any) -> None:
    open_storage(settings()).put("a.pdf", b"%PDF", "application/pdf")
    result = send(Email.model_validate({**FULL, "attachments": [{"key": "a.pdf"}]}), job)
    (taken,) = ses
    assert result["message_id"] == taken.id
    assert {*taken.destinations} == {"ada@example.com", "bob@example.com", "carol@example.com", "dan@example.com"}
    message = read(taken.raw_data.encode())
    assert body(message, "plain") == FULL["text"]
    assert body(message, "html") == FULL["html"]
    assert message["Subject"] == FULL["subject"]
    assert [part.get_filename() for part in message.iter_attachments()] == ["a.pdf"]


def test_ses_refusing_the_sender_is_final(ses: list[Any], job: Any) -> None:
    with pytest.raises(Permanent, match="MessageRejected"):
        send(Email.model_validate({**LEAST, "from": "jobs@elsewhere.example.com"}), job)
    assert ses == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [("MessageRejected", Permanent), ("BadRequestException", Permanent), ("AccountSuspendedException", Permanent),
     ("TooManyRequestsException", NotSent), ("LimitExceededException", NotSent), ("SendingPausedException", NotSent),
     ("InternalFailure", NotSent)],
)  # fmt: skip
def test_what_ses_says_decides(code: str, kind: type[Exception], job: Any, configure: Configure) -> None:
    text = b'{"message": "because"}'
    with serving(answers(400, text, x_amzn_ErrorType=code, Content_Type="application/json")) as server:
        configure(
            AWS_ENDPOINT_URL=server.url, AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", EMAIL_FROM="a@example.com"
        )
        with pytest.raises(kind, match=rf"{code}.*because"):
            open_mailer(settings()).send(compose(Email.model_validate(LEAST), job), ["ada@example.com"], [], [])


def test_attachments_are_bounded(inbox: Inbox, job: Any) -> None:
    store = open_storage(settings())
    store.put("half", bytes(4 * 1024 * 1024), "x/y")
    store.put("all", bytes(8 * 1024 * 1024), "x/y")
    with pytest.raises(FileTooLarge):
        send(Email.model_validate({**LEAST, "attachments": [{"key": "all"}]}), job)
    with pytest.raises(Permanent, match="together"):
        send(Email.model_validate({**LEAST, "attachments": [{"key": "half"}, {"key": "half"}]}), job)
    with pytest.raises(NoSuchFile):
        send(Email.model_validate({**LEAST, "attachments": [{"key": "none"}]}), job)
    assert inbox.taken == []


def test_a_cancelled_e_mail_is_not_sent(inbox: Inbox, job: Any) -> None:
    job.ask_to_stop()
    with pytest.raises(Cancelled):
        send(Email.model_validate(LEAST), job)
    assert inbox.taken == []


INJECTIONS = ["a\r\nBcc: evil@example.com", "a\nBcc: evil@example.com", "a\rx", "a\x00", "a\x0bb", "a\x85b", "a\u2028b",
              "a\u2029b", "\r\n\r\nbody"]  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("field", ["subject", "to", "cc", "bcc", "reply_to", "from", "name", "filename"])
def test_no_field_can_add_a_header(field: str, text: str, job: Any) -> None:
    payload: dict[str, Any] = {**LEAST, "from": "jobs@example.com"}
    if field == "subject":
        payload["subject"] = text
    elif field == "name":
        payload["from"] = f"{text} <jobs@example.com>"
    elif field == "filename":
        payload["attachments"] = [{"key": "x", "filename": text}]
    else:
        payload[field] = f"{text}@example.com"
    try:
        message = compose(Email.model_validate(payload), job)
    except ValidationError:
        return
    assert field == "name"  # pydantic folds some white space in a display name; it stays in its header
    assert set(read(message.as_bytes()).keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"to": []}, "to"), ({"to": None}, "to"), ({"to": "nobody"}, "to"), ({"to": ["a@example.com", 1]}, "to"),
        ({"to": "a@b@example.com"}, "to"), ({"to": "jürgen@example.com"}, "to"), ({"to": "a@localhost"}, "to"),
        ({"to": "a@[127.0.0.1]"}, "to"), ({"to": ["a@example.com"] * 51}, "to"), ({"cc": "x"}, "cc"),
        ({"subject": ""}, "subject"), ({"subject": "x" * 501}, "subject"), ({"text": 1}, "text"),
        ({"text": "x" * 200_001}, "text"), ({"from": "x"}, "from"), ({"from": "x" * 129 + " <a@example.com>"}, "from"),
        ({"sender": "a@example.com"}, "sender"), ({"extra": 1}, "extra"), ({"attachments": [{}]}, "attachments"),
        ({"attachments": [{"key": "x"}] * 11}, "attachments"), ({"attachments": [{"key": "../x"}]}, "attachments"),
        ({"attachments": [{"url": "http://localhost/"}]}, "attachments"),
        ({"attachments": [{"key": "x", "filename": "../x"}]}, "attachments"),
        ({"attachments": [{"key": "x", "filename": ""}]}, "attachments"),
    ],
)  # fmt: skip
def test_bad_payloads_are_refused_by_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Email.model_validate({**LEAST, **change})
    assert refusal.value.errors()[0]["loc"][0] == field


@pytest.mark.parametrize(
    "change", [{"text": None}, {"text": ""}, {"to": ["a@example.com"] * 30, "cc": ["a@example.com"] * 21}]
)
def test_incomplete_payloads_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"give text, html or both|at most 50 addresses"):
        Email.model_validate({**LEAST, **change})


def test_foreign_domains_are_written_in_ascii(inbox: Inbox, job: Any) -> None:
    send(Email.model_validate({**LEAST, "to": "ada@bücher.example.com"}), job)
    assert the_one(inbox)[1] == ["ada@xn--bcher-kva.example.com"]
