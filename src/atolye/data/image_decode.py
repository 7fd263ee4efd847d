"""One image file to one uint8 array: any usual format and colour mode, upright, at the size asked for."""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, UnidentifiedImageError

from atolye.data.small_jpeg import decode_small_jpeg

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
RESIZE_MODES = ("crop", "pad")
# Pillow's own bound, checked from the header: a small file can claim 20,000 x 20,000 pixels, 1.2 GB of RGB.
MAX_PIXELS = 89_478_485

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_GREY_16_BIT = ("I", "I;16", "I;16L", "I;16B", "I;16N")

ResizeMode = Literal["crop", "pad"]


def read_image(
    path: str | Path, image_size: tuple[int, int], *, resize: ResizeMode = "crop", channels: int = 3
) -> np.ndarray:
    """Read an image file as `atolye` reads every image: the same pixels for training and prediction.

    The format is taken from the content, not from the name. EXIF orientation is applied; grey, palette, CMYK and
    16-bit become 8-bit RGB; transparency is laid over white; of several frames the first is taken.

    Args:
        path: file in JPEG, PNG, WebP, BMP, GIF or TIFF format.
        image_size: height and width of the result in pixels.
        resize: `"crop"` fills the size and cuts off what hangs over, evenly on both sides; `"pad"` shows the whole
            image on black.
        channels: 3 for RGB, 1 for grey.

    Returns:
        uint8 array of shape (height, width, channels).

    Raises:
        OSError: when the file cannot be opened.
        ValueError: when it is no image, is damaged, or has more than `MAX_PIXELS` pixels.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "red.png"
        >>> Image.new("RGB", (40, 20), "red").save(path)
        >>> read_image(path, (8, 8))[0, 0]
        array([255,   0,   0], dtype=uint8)
    """
    check_resize(resize)
    with quiet_pillow():
        return decode_image(Path(path).read_bytes(), image_size, resize=resize, channels=channels)


def decode_image(
    data: bytes, image_size: tuple[int, int], *, resize: ResizeMode = "crop", channels: int = 3
) -> np.ndarray:
    """Decode the bytes of an image file; arguments, result and errors as for `read_image`."""
    if not data:
        raise ValueError("the file is empty")
    mode = "L" if channels == 1 else "RGB"
    small = decode_small_jpeg(data, image_size)
    if small is not None:
        if small.shape == (*image_size, channels):
            return small
        return np.asarray(_fit(Image.fromarray(small), image_size, resize, mode)).reshape(*image_size, channels)
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            check_pixels(*image.size)
            # JPEG only: decode at 1/2, 1/4 or 1/8 where that still covers the size asked for.
            side = max(image_size)
            image.draft(mode, (side, side))
            image.load()
            turn = _turn(image)
            picture = _eight_bit(image)
            picture = picture if turn is None else picture.transpose(turn)
            pixels = np.asarray(_fit(picture, image_size, resize, mode))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Pillow's own check, at open, has the same bound: it warns above it and refuses above twice the bound.
        raise ValueError(f"more pixels than the limit of {MAX_PIXELS:,}; make the image smaller") from error
    except UnidentifiedImageError as error:
        raise ValueError("not an image (JPEG, PNG, WebP, BMP, GIF or TIFF)") from error
    except (OSError, SyntaxError, EOFError, struct.error, IndexError, TypeError, MemoryError) as error:
        # Pillow's decoders raise all of these on damaged files.
        raise ValueError(f"damaged image: {' '.join(str(error).split()) or type(error).__name__}") from error
    # (H, W) of a grey image -> (H, W, 1); RGB stays (H, W, 3)
    return pixels.reshape(*image_size, channels)


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Keep Pillow's warnings on odd files off the screen; its warning of too many pixels becomes an error.

    Filters hold for all threads: enter this once, in the thread that starts the others.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\..*")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def check_pixels(width: int, height: int) -> None:
    """Raise ValueError when an image has more pixels than may be decoded."""
    if width * height > MAX_PIXELS:
        raise ValueError(f"{width} x {height} pixels are more than the limit of {MAX_PIXELS:,}; make the image smaller")


def check_resize(resize: str) -> None:
    """Raise ValueError unless `resize` is a known mode."""
    if resize not in RESIZE_MODES:
        raise ValueError(f"resize must be 'crop' or 'pad'; received {resize!r}.")


def _eight_bit(image: Image.Image) -> Image.Image:
    """Return the image in mode L or RGB, 8 bits a channel."""
    if image.mode in ("RGB", "L"):
        return image if "transparency" not in image.info else _over_white(image)
    if image.mode in _GREY_16_BIT:
        values = np.asarray(image).astype(np.int64)
        if values.min(initial=0) < 0 or values.max(initial=0) > 65535:
            raise ValueError("32-bit pixels, which have no agreed range; save the image with 8 or 16 bits")
        return Image.fromarray((values >> 8).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("floating-point pixels, which have no agreed range; save the image with 8 or 16 bits")
    if image.has_transparency_data:
        return _over_white(image)
    return image.convert("RGB")


def _over_white(image: Image.Image) -> Image.Image:
    # What is hidden under full transparency is often black or noise; white is what a page would show.
    colours = image.convert("RGBA")
    white = Image.new("RGBA", colours.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, colours).convert("RGB")


def _turn(image: Image.Image) -> Image.Transpose | None:
    """Return how to put the image upright by its EXIF orientation; a TIFF has already been turned by Pillow."""
    if "exif" not in image.info:
        return None
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return None  # unreadable EXIF does not make the pixels unreadable


def _fit(image: Image.Image, image_size: tuple[int, int], resize: str, mode: str) -> Image.Image:
    height, width = image_size
    if image.size != (width, height):
        scale = (max if resize == "crop" else min)(width / image.width, height / image.height)
        if resize == "crop":
            # The centre part of the source that maps to the whole result, in source pixels.
            part = (width / scale, height / scale)
            left, top = (image.width - part[0]) / 2, (image.height - part[1]) / 2
            box = (max(0.0, left), max(0.0, top), min(image.width, left + part[0]), min(image.height, top + part[1]))
            image = image.resize((width, height), Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)
        else:
            size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
            small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
            image = Image.new(small.mode, (width, height))
            image.paste(small, ((width - size[0]) // 2, (height - size[1]) // 2))
    return image if image.mode == mode else image.convert(mode)
