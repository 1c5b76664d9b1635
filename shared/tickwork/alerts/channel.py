"""A channel: where messages go. Its url is a secret from the moment it was stored; a hint is all that is shown."""

import re
from enum import StrEnum
from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator
from pydantic.networks import validate_email

from tickwork.core.settings import settings
from tickwork.handlers.http.public_url import refuse_private

MAX_CHANNELS = 50
SLACK = re.compile(
    r"https://hooks\.slack\.com/services/[A-Za-z0-9]+/[A-Za-z0-9]+/[A-Za-z0-9]+/?"
    r"|slack://([\w.-]+@)?([A-Za-z0-9]+(/[A-Za-z0-9]+){2}|(xoxe\.)?xox[abp]-[A-Za-z0-9-]+)(/(%23|[#@+])?[\w.:@-]+)*/?",
    re.ASCII,
)  # Apprise's tokens of a webhook or a bot, and channels; its parameters name files of the host
# Of Apprise's mail addresses; its others read keys and files of the host.
MAIL_PARAMETERS = {"to", "cc", "bcc", "from", "name", "smtp", "mode", "format", "user", "pass", "reply"}


class AlertEvent(StrEnum):
    NO_TICK = "no_tick"
    DUE_LATE = "due_late"
    JOB_FAILED = "job_failed"


Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[!-~\u00a1-\uffff][^\x00-\x1f]*$")]


class NewChannel(BaseModel):
    """What an admin sends. `url`: of a webhook its address; of Slack its incoming webhook; for e-mail an address, or
    Apprise's `mailto://user:password@server?to=…`."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {"name": "On call", "kind": "email", "url": "oncall@example.com", "events": ["no_tick", "job_failed"]}
            ]
        },
    )

    name: Name = Field(description="For people.", examples=["On call"])
    kind: Literal["email", "slack", "webhook"]
    url: Annotated[str, StringConstraints(min_length=3, max_length=2048, pattern=r"^[!-~]+$")] = Field(
        description="Where messages go. Kept, and never shown again.", examples=["oncall@example.com"]
    )
    events: Annotated[list[Annotated[AlertEvent, Field(strict=False)]], Field(min_length=1, max_length=3)] = Field(
        description="What it is told of.", examples=[["no_tick", "due_late", "job_failed"]]
    )

    @model_validator(mode="after")
    def reachable(self) -> Self:
        check_url(self.kind, self.url)
        self.events = sorted(set(self.events))
        return self


NEW = TypeAdapter(NewChannel)


def check_url(kind: str, url: str) -> None:
    """ValueError when messages of this kind cannot go there, as far as the text tells."""
    _check_form(url)
    if kind == "webhook":
        refuse_private(url, settings().http_allow_hosts)
    elif kind == "slack" and not SLACK.fullmatch(url):
        raise ValueError("url: give Slack's incoming webhook, https://hooks.slack.com/services/…, or slack://A/B/C")
    elif kind == "email":
        _check_mail(url)


def _check_form(url: str) -> None:
    try:
        _ = urlsplit(url).port
    except ValueError as error:
        raise ValueError(f"url: {error}") from None


def plain_address(url: str) -> str | None:
    """The address of `ops@example.com` or `mailto:ops@example.com`; None for an Apprise URL that names its server."""
    return None if "://" in url else url.removeprefix("mailto:")


def url_hint(kind: str, url: str) -> str:
    """Enough to tell channels apart, too little to use one: a host, a mailbox with most of its name left out."""
    if kind == "slack":
        return "hooks.slack.com/…"
    if kind == "email" and (address := plain_address(url)):
        local, _, domain = address.rpartition("@")
        return f"{local[:1]}…@{domain}"
    try:
        parts = urlsplit(url)
    except ValueError:  # stored before such were refused
        return "…"
    return f"{parts.scheme}://{parts.hostname or ''}/…"


def _check_mail(url: str) -> None:
    if (address := plain_address(url)) is not None:
        try:
            validate_email(address)
        except (ValidationError, ValueError):
            raise ValueError("url: give an e-mail address, or mailto://user:password@server?to=…") from None
        return
    parts = urlsplit(url)
    if parts.scheme not in ("mailto", "mailtos") or not parts.hostname:
        raise ValueError("url: give an e-mail address, or mailto://user:password@server?to=…")
    if parts.fragment or ";" in parts.query:  # Apprise reads parameters behind these, too
        raise ValueError("url: write ; as %3B and # as %23")
    if unknown := {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)} - MAIL_PARAMETERS:
        raise ValueError(f"url: {', '.join(sorted(unknown))} is not taken; known: {', '.join(sorted(MAIL_PARAMETERS))}")
