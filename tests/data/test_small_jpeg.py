import io

import numpy as np
import pytest
from PIL import Image

from atolye.data.image_decode import decode_image
from atolye.data.shapes import draw_shapes
from atolye.data.small_jpeg import decode_small_jpeg

IMAGES = draw_shapes(30, image_size=64)[0]


def jpeg(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def ordinary(data):
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 90},
        {"quality": 30, "subsampling": 0},
        {"progressive": True},
        {"optimize": True, "subsampling": 1},
        {"comment": b"holiday", "restart_marker_blocks": 2},
    ],
)
def test_the_same_pixels_as_by_the_ordinary_way(options):
    for image in IMAGES[:6]:
        data = jpeg(Image.fromarray(image[:50]), **options)
        short = decode_small_jpeg(data, (64, 64))
        assert short is not None and np.array_equal(np.asarray(short), ordinary(data))


def exif():
    values = Image.Exif()
    values[0x0112] = 6
    return values


@pytest.mark.parametrize(
    "data",
    [
        jpeg(Image.fromarray(IMAGES[0]), exif=exif()),
        jpeg(Image.fromarray(IMAGES[0]), icc_profile=b"profile"),
        jpeg(Image.fromarray(IMAGES[0]).convert("L")),
        jpeg(Image.fromarray(IMAGES[0]).convert("CMYK")),
        jpeg(Image.fromarray(IMAGES[0]), keep_rgb=True),
        jpeg(Image.fromarray(IMAGES[0]))[:700],
        jpeg(Image.fromarray(IMAGES[0]))[:100],
        b"\xff\xd8\xff\xe0",
        b"\xff\xd8\xff\xda\x00\x00",
        b"\x89PNG",
        b"",
    ],
)
def test_anything_else_is_left_to_the_ordinary_way(data):
    assert decode_small_jpeg(data, (64, 64)) is None


def test_large_images_are_left_to_decoding_at_reduced_size():
    data = jpeg(Image.fromarray(IMAGES[0]))
    assert decode_small_jpeg(data, (32, 32)) is None
    assert decode_small_jpeg(data, (33, 33)) is not None
    assert decode_small_jpeg(jpeg(Image.new("RGB", (9000, 40))), (33, 33)) is None


def test_decoding_goes_this_way(monkeypatch):
    data = jpeg(Image.fromarray(IMAGES[0]))
    monkeypatch.setattr(Image, "open", None)
    assert np.array_equal(decode_image(data, (64, 64)), decode_image(data, (64, 64), resize="pad"))
