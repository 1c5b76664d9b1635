"""A file that a payload refers to: by URL, or by its key in storage."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tickwork.core.errors import Permanent
from tickwork.core.settings import Settings
from tickwork.handlers.http.public_url import PublicUrl
from tickwork.stores.files import FileTooLarge, Key, open_storage

FETCH_SECONDS = 20.0


class Source(BaseModel):
    """Exactly one of `url` and `key`."""

    model_config = ConfigDict(extra="forbid")

    url: PublicUrl | None = Field(
        None, title="URL", description="Where to fetch it; http or https.", examples=["https://example.com/photo.jpg"]
    )
    key: Key | None = Field(
        None, title="Storage key", description="Or its key in storage.", examples=["images/logo.png"]
    )

    @model_validator(mode="after")
    def one_place(self) -> "Source":
        if (self.url is None) == (self.key is None):
            raise ValueError("give url or key, one of the two")
        return self

    def read(self, settings: Settings, max_bytes: int, seconds: float = FETCH_SECONDS) -> bytes:
        """Its bytes. Permanent when it is too large, absent, or at a refused address; OutgoingError to retry."""
        if self.key is not None:
            return open_storage(settings).get(self.key, max_bytes)
        return _fetch(str(self.url), settings, max_bytes, min(seconds, FETCH_SECONDS))


def _fetch(url: str, settings: Settings, max_bytes: int, seconds: float) -> bytes:
    from tickwork.handlers.http.client import OutgoingError, fetch

    answer = fetch("GET", url, seconds=seconds, max_bytes=max_bytes, allow_hosts=settings.http_allow_hosts)
    if answer.status in (404, 410):
        raise Permanent(f"{url}: answered {answer.status}")
    if answer.status != 200:
        raise OutgoingError(f"{url}: answered {answer.status} where 200 was expected")
    if answer.truncated:
        raise FileTooLarge(f"{url}: over {max_bytes:,} bytes")
    return answer.body
