import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from atolye.data.image_decode import decode_image, quiet_pillow, read_image

# Left red, right blue; upper half bright, lower half dark: every turn and cut can be told.
QUARTERS = np.zeros((40, 60, 3), np.uint8)
QUARTERS[:20, :30], QUARTERS[:20, 30:] = (250, 0, 0), (0, 0, 250)
QUARTERS[20:, :30], QUARTERS[20:, 30:] = (120, 0, 0), (0, 0, 120)


def encoded(image, file_format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF", "GIF", "JPEG", "WEBP"])
def test_each_format_gives_the_same_picture(file_format):
    options = {"quality": 95} if file_format in ("JPEG", "WEBP") else {}
    pixels = decode_image(encoded(Image.fromarray(QUARTERS), file_format, **options), (40, 60))
    assert pixels.shape == (40, 60, 3) and pixels.dtype == np.uint8
    exact = file_format not in ("JPEG", "WEBP")
    centres = (slice(5, 40, 20), slice(5, 60, 30))  # away from the edges that lossy formats blur
    assert np.abs(pixels[centres].astype(int) - QUARTERS[centres]).max() <= (0 if exact else 12)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_exif_orientation_is_applied(file_format, orientation):
    # What a camera stores for each orientation: the upright picture, turned the other way.
    undo = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90"}
    undo |= {7: "TRANSVERSE", 8: "ROTATE_270"}
    stored = Image.fromarray(QUARTERS)
    if orientation > 1:
        stored = stored.transpose(Image.Transpose[undo[orientation]])
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decode_image(encoded(stored, file_format, exif=exif), (40, 60)).astype(int)
    for row, column in ((8, 12), (8, 48), (32, 12), (32, 48)):
        assert np.abs(pixels[row, column] - QUARTERS[row, column]).max() <= 40


def test_broken_exif_does_not_cost_the_picture():
    data = encoded(Image.fromarray(QUARTERS), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\xff\x01")
    with quiet_pillow():
        assert decode_image(data, (8, 8)).shape == (8, 8, 3)


def test_crop_takes_the_middle_and_pad_shows_all():
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, :10], wide[:, 10:20], wide[:, 20:] = 50, 100, 200
    data = encoded(Image.fromarray(wide))
    assert (decode_image(data, (10, 10)) == 100).all()
    padded = decode_image(data, (30, 30), resize="pad")
    assert (padded[:10] == 0).all() and (padded[20:] == 0).all()
    assert (padded[10:20] == wide).all()


def test_crop_of_a_tall_image_to_a_wide_size():
    tall = np.repeat(np.arange(0, 120, 2, dtype=np.uint8)[:, None, None], 20, axis=1).repeat(3, axis=2)
    pixels = decode_image(encoded(Image.fromarray(tall)), (10, 20))
    assert (pixels == tall[25:35]).all()


def test_grey_palette_and_one_bit_become_rgb():
    grey = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) * 4)
    expected = np.repeat(np.asarray(grey)[..., None], 3, axis=2)
    assert (decode_image(encoded(grey), (8, 8)) == expected).all()
    assert (decode_image(encoded(grey.convert("P")), (8, 8)) == expected).all()
    bits = decode_image(encoded(grey.convert("1")), (8, 8))
    assert set(np.unique(bits)) == {0, 255}


def test_sixteen_bit_keeps_the_high_byte():
    values = np.array([[0, 256, 32768, 65535]], np.uint16)
    for file_format in ("PNG", "TIFF"):
        pixels = decode_image(encoded(Image.fromarray(values), file_format), (1, 4))
        assert pixels[0, :, 0].tolist() == [0, 1, 128, 255]


def test_transparency_lies_over_white():
    image = np.zeros((2, 2, 4), np.uint8)
    image[0, 0] = (255, 0, 0, 255)
    image[0, 1] = (0, 0, 0, 128)
    pixels = decode_image(encoded(Image.fromarray(image, "RGBA")), (2, 2))
    assert pixels[0, 0].tolist() == [255, 0, 0] and pixels[1, 1].tolist() == [255, 255, 255]
    assert abs(int(pixels[0, 1, 0]) - 127) <= 1
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    palette.putpalette([255, 0, 0, 0, 0, 255])
    pixels = decode_image(encoded(palette, transparency=1), (1, 2))
    assert pixels[0].tolist() == [[255, 0, 0], [255, 255, 255]]


def test_cmyk_jpeg_becomes_rgb():
    cmyk = Image.fromarray(QUARTERS).convert("CMYK")
    pixels = decode_image(encoded(cmyk, "JPEG", quality=95), (40, 60)).astype(int)
    assert pixels[10, 10, 0] > 200 and pixels[10, 10, 2] < 60


def test_first_frame_of_an_animation():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode_image(data, (4, 4))[0, 0].tolist() == [255, 0, 0]


def test_one_channel_on_request():
    pixels = decode_image(encoded(Image.fromarray(QUARTERS)), (40, 60), channels=1)
    assert pixels.shape == (40, 60, 1) and pixels[0, 0, 0] == round(250 * 0.299)


def test_large_jpeg_is_reduced_to_about_the_same_as_by_plain_resizing():
    ramp = np.linspace(0, 255, 1600).astype(np.uint8)
    big = np.stack([np.tile(ramp, (1200, 1))] * 3, axis=-1)
    pixels = decode_image(encoded(Image.fromarray(big), "JPEG", quality=95), (64, 64)).astype(int)
    middle = big[::1, 200:1400].reshape(1200, 1200, 3)
    plain = np.asarray(Image.fromarray(middle).resize((64, 64), Image.Resampling.BOX)).astype(int)
    assert np.abs(pixels - plain).max() <= 6


def png_claiming(width, height):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [10_000, 20_000])
def test_a_decompression_bomb_is_refused_from_its_header(side):
    with quiet_pillow(), pytest.raises(ValueError, match="the limit of 89,478,485; make the image smaller"):
        decode_image(png_claiming(side, side), (8, 8))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"just some text, renamed to .jpg", "not an image"),
        (encoded(Image.fromarray(QUARTERS), "JPEG")[:400], "damaged image"),
        (encoded(Image.effect_noise((200, 200), 90), "JPEG")[:9000], "damaged image: image file is truncated"),
        (encoded(Image.effect_noise((200, 200), 90), "PNG")[:9000], "damaged image"),
        (encoded(Image.effect_noise((64, 64), 90), "WEBP")[:900], "damaged image|not an image"),
        (encoded(Image.new("F", (4, 4), 0.5), "TIFF"), "floating-point pixels"),
        (encoded(Image.new("I", (4, 4), 70_000), "TIFF"), "32-bit pixels"),
    ],
)
def test_what_cannot_be_read_says_why(data, message):
    with quiet_pillow(), pytest.raises(ValueError, match=message):
        decode_image(data, (8, 8))


def test_other_formats_of_pillow_are_not_opened():
    data = encoded(Image.fromarray(QUARTERS), "PPM")
    with pytest.raises(ValueError, match="not an image"):
        decode_image(data, (8, 8))


def test_read_image_goes_by_content_and_leaves_warnings_as_they_were(tmp_path):
    path = tmp_path / "really_a_png.jpg"
    path.write_bytes(encoded(Image.fromarray(QUARTERS)))
    before = list(warnings.filters)
    assert (read_image(path, (40, 60)) == QUARTERS).all()
    assert warnings.filters == before
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "absent.jpg", (8, 8))
    with pytest.raises(ValueError, match="resize must be 'crop' or 'pad'; received 'stretch'"):
        read_image(path, (8, 8), resize="stretch")
