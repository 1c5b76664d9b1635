"""Where handlers keep files: an S3 bucket, or a folder. A file is bytes under a key such as `pdf/0197….pdf`.

Storing under the same key again overwrites, so a retried job leaves one file.
"""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Any, Protocol
from urllib.parse import quote

from pydantic import Field, StringConstraints

from tickwork.core.errors import Misconfigured, Permanent
from tickwork.core.settings import Settings
from tickwork.stores.aws import aws_client

# No empty, "." or ".." part and nothing hidden, so a key cannot leave its folder.
KEY_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$"
Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN, max_length=512), Field(examples=["images/logo.png"])]


class NoSuchFile(Permanent):
    """Nothing is stored under the key."""


class FileTooLarge(Permanent):
    """More bytes than the reader takes."""


class Storage(Protocol):
    def put(self, key: str, data: bytes, content_type: str) -> str:
        """Store, and say the URL."""

    def get(self, key: str, max_bytes: int) -> bytes:
        """NoSuchFile or FileTooLarge when that cannot be had."""


def open_storage(settings: Settings) -> Storage:
    """The store that STORAGE_URL names."""
    scheme, _, place = settings.storage_url.partition(":")
    if scheme == "file" and place:
        return Folder(Path(place.removeprefix("//")), settings.storage_public_url)
    bucket, _, prefix = place.removeprefix("//").partition("/")
    if scheme == "s3" and bucket:
        return Bucket(bucket, prefix.strip("/"), settings)
    raise Misconfigured(f"STORAGE_URL: {settings.storage_url!r} is neither s3://bucket/prefix nor file:/folder")


class Folder:
    def __init__(self, root: Path, public_url: str = ""):
        self._root = root.resolve()
        self._public_url = public_url

    def put(self, key: str, data: bytes, content_type: str) -> str:  # noqa: ARG002 (a folder keeps no types)
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, data)
        return _public(self._public_url, key) or path.as_uri()

    def get(self, key: str, max_bytes: int) -> bytes:
        try:
            with self._path(key).open("rb") as file:
                return _bounded(key, file, max_bytes)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NoSuchFile(f"{key}: nothing is stored under this key") from None

    def _path(self, key: str) -> Path:
        path = (self._root / key).resolve()  # follows links, which the key's pattern cannot see
        if not path.is_relative_to(self._root):
            raise NoSuchFile(f"{key}: leads out of the storage folder")
        return path


class Bucket:
    def __init__(self, bucket: str, prefix: str, settings: Settings):
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._settings = settings

    def put(self, key: str, data: bytes, content_type: str) -> str:
        name = self._prefix + key
        self._client.put_object(Bucket=self._bucket, Key=name, Body=data, ContentType=content_type)
        return _public(self._settings.storage_public_url, key) or self._url(name)

    def get(self, key: str, max_bytes: int) -> bytes:
        client = self._client
        try:
            answer = client.get_object(Bucket=self._bucket, Key=self._prefix + key)
        except client.exceptions.NoSuchKey:
            raise NoSuchFile(f"{key}: nothing is stored under this key") from None
        with answer["Body"] as body:
            return _bounded(key, body, max_bytes)

    @property
    def _client(self) -> Any:
        return aws_client("s3", self._settings)

    def _url(self, name: str) -> str:
        if self._settings.aws_endpoint_url:
            return f"{self._settings.aws_endpoint_url.rstrip('/')}/{self._bucket}/{quote(name)}"
        return f"https://{self._bucket}.s3.{self._settings.aws_region}.amazonaws.com/{quote(name)}"


def _public(prefix: str, key: str) -> str:
    return f"{prefix.rstrip('/')}/{quote(key)}" if prefix else ""


def _bounded(key: str, file: Any, max_bytes: int) -> bytes:
    data: bytes = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise FileTooLarge(f"{key}: over {max_bytes:,} bytes")
    return data


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all: a reader, or a crash half-way, never sees part of a file."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
