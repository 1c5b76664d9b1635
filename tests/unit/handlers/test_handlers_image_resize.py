"""Job type image_resize."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pydantic import ValidationError

from tests.unit.handlers.conftest import JOB_ID, Configure
from tests.unit.handlers.servers import answers, serving
from tickwork.core.errors import Cancelled, Permanent
from tickwork.core.settings import settings
from tickwork.handlers.image_resize import ImageResize, image_resize
from tickwork.stores.files import open_storage

MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"]


def picture(size: tuple[int, int] = (400, 200), kind: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


def resized(data: bytes, job: Any, **fields: Any) -> tuple[dict[str, Any], Image.Image]:
    store = open_storage(settings())
    store.put("source", data, "image/png")
    result = image_resize(ImageResize.model_validate({"key": "source", **fields}), job)
    return result, Image.open(BytesIO(store.get(result["key"], 10_000_000)))


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"width": 100}, (100, 50)),
        ({"height": 100}, (200, 100)),
        ({"width": 100, "height": 100}, (100, 50)),
        ({"width": 1000, "height": 1000}, (400, 200)),
        ({"width": 1}, (1, 1)),
        ({"width": 100, "height": 100, "mode": "cover"}, (100, 100)),
        ({"width": 800, "height": 800, "mode": "cover"}, (800, 800)),
        ({"width": 33, "height": 77, "mode": "cover"}, (33, 77)),
    ],
)
def test_sizes(fields: dict[str, Any], size: tuple[int, int], job: Any) -> None:
    result, image = resized(picture(), job, **fields)
    assert image.size == size == (result["width"], result["height"])


@pytest.mark.parametrize("wanted", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("given", ["JPEG", "PNG", "WEBP", "GIF"])
def test_formats(given: str, wanted: str, job: Any) -> None:
    result, image = resized(picture(kind=given), job, width=40, format=wanted)
    assert image.format == wanted.upper()
    assert result["format"] == wanted
    assert result["key"] == f"images/{JOB_ID}.{wanted}"
    assert result["url"].endswith(result["key"])
    assert result["size_bytes"] > 0


@pytest.mark.parametrize("wanted", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("mode", MODES)
def test_colour_modes(mode: str, wanted: str, job: Any) -> None:
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    _, image = resized(picture(mode=mode, kind=kind), job, width=40, format=wanted)
    assert image.size == (40, 20)


def test_sixteen_bits_keep_their_brightness(job: Any) -> None:
    out = BytesIO()
    Image.new("I;16", (40, 40), 0x8000).save(out, "PNG")
    _, image = resized(out.getvalue(), job, width=10, format="png")
    assert image.getpixel((5, 5)) == pytest.approx(128, abs=1)


def test_transparency_is_kept_and_white_in_jpeg(job: Any) -> None:
    source = picture(mode="RGBA")  # all transparent black
    assert resized(source, job, width=40, format="png")[1].getpixel((5, 5))[3] == 0
    assert resized(source, job, width=40, format="webp")[1].getpixel((5, 5))[3] == 0
    assert resized(source, job, width=40, format="jpeg")[1].getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright_and_its_exif_dropped(orientation: int, job: Any) -> None:
    upright = Image.new("RGB", (80, 40), "white")
    upright.paste("red", (0, 0, 20, 20))  # top left
    turns = {
        1: [], 2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4],
    }  # fmt: skip
    lying = upright
    for turn in turns[orientation]:
        lying = lying.transpose(Image.Transpose(turn))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "taken at home"
    out = BytesIO()
    lying.save(out, "JPEG", exif=exif, quality=95)
    _, image = resized(out.getvalue(), job, width=40)
    assert image.size == (40, 20)
    assert dict(image.getexif()) == {}
    red, green, _ = image.getpixel((4, 4))
    assert red > 200 > 100 > green


def test_the_colour_profile_is_kept(job: Any) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    _, image = resized(picture(kind="JPEG", icc_profile=profile), job, width=40, format="webp")
    assert image.info["icc_profile"] == profile


def test_quality_makes_smaller_files(job: Any) -> None:
    noise = Image.effect_noise((200, 200), 80)
    out = BytesIO()
    noise.save(out, "PNG")
    low, _ = resized(out.getvalue(), job, width=200, quality=10)
    high, _ = resized(out.getvalue(), job, width=200, quality=95)
    assert low["size_bytes"] < high["size_bytes"] / 2


def test_a_retry_overwrites(job: Any) -> None:
    first, _ = resized(picture(), job, width=40)
    second, image = resized(picture(), job, width=20)
    assert first["key"] == second["key"]
    assert image.width == 20


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is this large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "size", [(8000, 8000), (12_000, 12_000), (50_000, 50_000), (1, 60_000_000), (2**31 - 1, 2**31 - 1)]
)
def test_bombs_are_refused(size: tuple[int, int], job: Any) -> None:
    with pytest.raises(Permanent, match="too large"):
        resized(claims(*size), job, width=10)


DAMAGED = {
    "empty": b"",
    "text": b"hello",
    "html": b"<!doctype html><html></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "tiff": picture(kind="TIFF"),
    "bmp": picture(kind="BMP"),
    "half a png": picture((400, 400), mode="RGBA")[:200],
    "half a jpeg": picture((400, 400), kind="JPEG")[:300],
    "half a webp": picture(kind="WEBP")[:30],
    "half a gif": picture(kind="GIF")[:20],
    "png with nothing in it": claims(10, 10),
    "png header": b"\x89PNG\r\n\x1a\n",
    "no size": claims(0, 0),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_no_picture_fails_for_good(name: str, job: Any) -> None:
    with pytest.raises(Permanent, match="not a readable JPEG, PNG, WebP or GIF"):
        resized(DAMAGED[name], job, width=10)


def test_every_flipped_byte_gives_a_picture_or_a_refusal(job: Any) -> None:
    from tickwork.handlers.image_resize import encode, resize

    payload = ImageResize(key="x", width=10)
    for kind in ("PNG", "JPEG", "WEBP", "GIF"):
        data = picture((20, 20), kind=kind)
        for position in range(0, min(len(data), 700), 3):
            damaged = data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :]
            try:
                encode(resize(damaged, payload), payload)
            except Permanent:
                continue


def test_a_url_is_fetched(job: Any, configure: Configure) -> None:
    with serving(answers(200, picture())) as server:
        configure(HTTP_ALLOW_HOSTS="127.0.0.1")
        result = image_resize(ImageResize(url=server.url, width=10), job)
    assert (result["width"], result["height"]) == (10, 5)


def test_cancellation_is_heard(job: Any) -> None:
    job.ask_to_stop()
    with pytest.raises(Cancelled):
        resized(picture(), job, width=10)


@pytest.mark.parametrize(
    "fields",
    [{}, {"width": 0}, {"width": 8193}, {"width": 1.5}, {"width": -1}, {"width": 10, "mode": "cover"},
     {"width": 1, "mode": "stretch"}, {"width": 1, "format": "bmp"}, {"width": 1, "quality": 0},
     {"width": 1, "quality": 96}, {"width": 1, "extra": 1}, {"width": 1, "url": "https://example.com"}],
)  # fmt: skip
def test_bad_payloads_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ImageResize.model_validate({"key": "x", **fields})
