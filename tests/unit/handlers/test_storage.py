"""Files in a folder and in a bucket: the same promises for both."""

import threading
from pathlib import Path
from typing import Any

import boto3
import pytest
from pydantic import TypeAdapter, ValidationError

from tests.unit.handlers.servers import answers, serving
from tickwork.core.errors import Misconfigured
from tickwork.core.settings import settings
from tickwork.handlers.input_file import Source
from tickwork.stores.files import FileTooLarge, Key, NoSuchFile, Storage, open_storage

BAD_KEYS = [
    "", "/", "/etc/passwd", "../x", "a/../b", "a/..", "..", ".", "./a", "a//b", "a/", "a/./b", ".hidden", "a/.b",
    "a\\b",
    "a b", "a\x00b", "a\nb", "a%2e%2e", "~/x", "$HOME", "C:\\x", "é", "a?b", "a#b", "-rf", "a" * 513, "file:///x",
]  # fmt: skip


@pytest.fixture(params=["folder", "bucket", "bucket with prefix"])
def store(request: pytest.FixtureRequest, configure: Any) -> Storage:
    if request.param != "folder":
        aws = request.getfixturevalue("on_aws")
        boto3.client("s3", endpoint_url=aws, region_name="us-east-1").create_bucket(Bucket="files")
        configure(STORAGE_URL="s3://files/a/b" if "prefix" in request.param else "s3://files")
    return open_storage(settings())


def test_what_was_put_is_got(store: Storage) -> None:
    store.put("a/b.bin", b"one", "application/octet-stream")
    store.put("a/b.bin", b"two", "application/octet-stream")
    assert store.get("a/b.bin", 3) == b"two"


def test_what_is_missing_or_too_large_is_refused(store: Storage) -> None:
    store.put("dir/file", b"12345", "text/plain")
    with pytest.raises(FileTooLarge, match="dir/file: over 4 bytes"):
        store.get("dir/file", 4)
    for missing in ("nothing", "dir", "dir/file/below"):
        with pytest.raises(NoSuchFile, match="nothing is stored"):
            store.get(missing, 100)


def test_a_public_prefix_makes_the_url(store: Storage, configure: Any) -> None:
    configure(STORAGE_PUBLIC_URL="https://cdn.example.com/files/")
    assert open_storage(settings()).put("a/b.txt", b"", "text/plain") == "https://cdn.example.com/files/a/b.txt"


def test_a_bucket_says_its_objects_url(on_aws: str, configure: Any) -> None:
    client = boto3.client("s3", endpoint_url=on_aws, region_name="us-east-1")
    client.create_bucket(Bucket="named")
    configure(STORAGE_URL="s3://named/pre")
    assert open_storage(settings()).put("x.pdf", b"data", "application/pdf") == f"{on_aws}/named/pre/x.pdf"
    assert client.head_object(Bucket="named", Key="pre/x.pdf")["ContentType"] == "application/pdf"


def test_a_folder_says_a_file_url(tmp_path: Path) -> None:
    url = open_storage(settings()).put("a/b.txt", b"data", "text/plain")
    assert url == (tmp_path / "files/a/b.txt").as_uri()
    assert [path.name for path in (tmp_path / "files/a").iterdir()] == ["b.txt"]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_keys_that_lead_elsewhere_are_refused(key: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[str](Key).validate_python(key)
    with pytest.raises(ValidationError):
        Source.model_validate({"key": key})


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    store = open_storage(settings())
    store.put("inside", b"", "text/plain")
    (tmp_path / "files/link").symlink_to(tmp_path / "secret")
    (tmp_path / "files/up").symlink_to(tmp_path)
    for key in ("link", "up/secret", "../secret", "/etc/passwd"):
        with pytest.raises(NoSuchFile, match="leads out"):
            store.get(key, 100)
        with pytest.raises(NoSuchFile, match="leads out"):
            store.put(key, b"overwritten", "text/plain")
    assert (tmp_path / "secret").read_text() == "secret"


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    store = open_storage(settings())
    store.put("a", b"whole", "text/plain")
    with pytest.raises(TypeError):
        store.put("a", "text is not bytes", "text/plain")  # type: ignore[arg-type]
    assert store.get("a", 10) == b"whole"
    assert [path.name for path in (tmp_path / "files").iterdir()] == ["a"]


def test_two_writers_at_once_leave_one_whole_file() -> None:
    store = open_storage(settings())
    contents = [bytes([number]) * 200_000 for number in range(8)]
    writers = [threading.Thread(target=store.put, args=["same", data, "x/y"]) for data in contents]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert store.get("same", 200_000) in contents


@pytest.mark.parametrize("url", ["", "x", "file:", "s3:", "s3://", "s3:///prefix", "ftp://x/y", "/folder"])
def test_a_wrong_storage_url_is_named(url: str, configure: Any) -> None:
    with pytest.raises(Misconfigured, match="STORAGE_URL"):
        open_storage(settings().model_copy(update={"storage_url": url}))


@pytest.mark.parametrize("given", [{}, {"url": "https://example.com/x", "key": "x"}, {"url": None, "key": None}])
def test_a_source_has_one_place(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="one of the two"):
        Source.model_validate(given)


def test_a_source_is_read_by_key_and_by_url(configure: Any) -> None:
    open_storage(settings()).put("k", b"stored", "text/plain")
    assert Source(key="k").read(settings(), 100) == b"stored"
    with serving(answers(200, b"fetched")) as server:
        configure(HTTP_ALLOW_HOSTS=f"127.0.0.1:{server.port}")
        source = Source(url=server.url)
        assert source.read(settings(), 100) == b"fetched"
        with pytest.raises(FileTooLarge, match="over 3 bytes"):
            source.read(settings(), 3)


@pytest.mark.parametrize(("status", "final"), [(404, True), (410, True), (403, False), (302, False), (500, False)])
def test_a_source_that_answers_otherwise(status: int, final: bool, configure: Any) -> None:
    from tickwork.core.errors import Permanent

    with serving(answers(status)) as server:
        configure(HTTP_ALLOW_HOSTS="127.0.0.1")
        with pytest.raises(Exception, match=f"answered {status}") as failure:
            Source(url=server.url).read(settings(), 100)
    assert isinstance(failure.value, Permanent) is final
