"""Job type image_resize."""

from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from tickwork.core.context import JobContext
from tickwork.core.errors import Permanent
from tickwork.core.handler import handler
from tickwork.core.settings import settings
from tickwork.handlers.input_file import Source
from tickwork.stores.files import open_storage

if TYPE_CHECKING:
    from PIL import Image

MAX_SOURCE_BYTES = 32 * 1024 * 1024
MAX_SOURCE_PIXELS = 50_000_000  # 200 MB once decoded
MAX_SIDE = 8192
READ_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class ImageResize(Source):
    """A source, and the box it is to fill or to fit into."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://example.com/photo.jpg", "width": 800, "format": "webp"}]}
    )

    width: int | None = Field(None, ge=1, le=MAX_SIDE, description="Pixels, at most.", examples=[800])
    height: int | None = Field(None, ge=1, le=MAX_SIDE, description="Pixels, at most.", examples=[600])
    mode: Literal["fit", "cover"] = Field(
        "fit",
        description="fit: as large as the box allows, never enlarged. cover: exactly the box, from the middle.",
    )
    format: Literal["jpeg", "png", "webp"] = Field("jpeg", description="What it is encoded as.")
    quality: int = Field(82, ge=1, le=95, description="Of jpeg and webp.")

    @model_validator(mode="after")
    def some_size(self) -> "ImageResize":
        if self.width is None and self.height is None:
            raise ValueError("give width, height or both")
        if self.mode == "cover" and (self.width is None or self.height is None):
            raise ValueError("mode cover needs width and height")
        return self


@handler("image_resize", timeout=60, max_concurrency=2)
def image_resize(payload: ImageResize, job: JobContext) -> dict[str, Any]:
    """Resize a JPEG, PNG, WebP or GIF (its first frame) and store it. Turned upright; EXIF data is dropped."""
    data = payload.read(settings(), MAX_SOURCE_BYTES, job.seconds_left)
    job.progress(0.3, "read")
    job.check()
    image = resize(data, payload)
    encoded = encode(image, payload)
    job.progress(0.9, "resized")
    key = f"images/{job.id}.{payload.format}"
    url = open_storage(settings()).put(key, encoded, f"image/{payload.format}")
    size = {"width": image.width, "height": image.height, "size_bytes": len(encoded)}
    return {"url": url, "key": key, "format": payload.format, **size}


def resize(data: bytes, payload: ImageResize) -> "Image.Image":
    """Decoded, upright, in the wanted size; Permanent when it is no image, or too large a one."""
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data), formats=READ_FORMATS) as image:
            _refuse_bomb(image)
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            upright = _plain(ImageOps.exif_transpose(image))
            box = _box(upright.size, payload)
            if payload.mode == "cover":
                return ImageOps.fit(upright, box, Image.Resampling.LANCZOS)
            upright.thumbnail(box, Image.Resampling.LANCZOS)
            return upright
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Permanent(f"the image is too large: {error}") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # what Pillow's parsers raise for a damaged file
        raise Permanent(f"not a readable JPEG, PNG, WebP or GIF: {error}") from None


def encode(image: "Image.Image", payload: ImageResize) -> bytes:
    """The file's bytes. JPEG has no transparency: that becomes white."""
    out = BytesIO()
    profile = image.info.get("icc_profile")
    picture = _on_white(image) if payload.format == "jpeg" else image
    options: dict[str, Any] = {} if payload.format == "png" else {"quality": payload.quality}
    picture.save(out, payload.format, icc_profile=profile, optimize=True, **options)
    return out.getvalue()


def _refuse_bomb(image: "Image.Image") -> None:
    pixels = image.width * image.height
    if pixels > MAX_SOURCE_PIXELS:
        raise Permanent(f"the image is too large: {pixels:,} pixels, at most {MAX_SOURCE_PIXELS:,} are read")


def _plain(image: "Image.Image") -> "Image.Image":
    """As L, RGB or RGBA: what can be resampled smoothly and saved in every format."""
    if image.mode in ("L", "RGB", "RGBA"):
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value * (1 / 256) + 0).convert("L")
    plain = image.convert("RGB")
    if image.mode == "CMYK":
        plain.info.pop("icc_profile", None)  # it describes inks
    return plain


def _box(size: tuple[int, int], payload: ImageResize) -> tuple[int, int]:
    return payload.width or max(size[0], MAX_SIDE), payload.height or max(size[1], MAX_SIDE)


def _on_white(image: "Image.Image") -> "Image.Image":
    from PIL import Image

    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground
