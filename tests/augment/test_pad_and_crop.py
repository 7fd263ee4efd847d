import numpy as np
import pytest
from keras import ops

from atolye.augment import PadAndCrop
from atolye.augment.pad_and_crop import mirror_border

IMAGES = np.random.default_rng(0).integers(0, 256, (50, 6, 8, 3), dtype="uint8")


@pytest.mark.parametrize("padding", [0, 1, 3, 6])
def test_the_border_is_numpys_symmetric_one(padding):
    expected = np.pad(IMAGES, ((0, 0), (padding,) * 2, (padding,) * 2, (0, 0)), mode="symmetric")
    assert np.array_equal(mirror_border(IMAGES, padding), expected)


def test_every_image_gets_a_window_of_its_own_and_every_window_comes():
    changed = PadAndCrop(2).augment(np.repeat(IMAGES[:1], 2000, axis=0), generator=np.random.default_rng(0))
    padded = mirror_border(IMAGES[:1], 2)[0]
    windows = {padded[y : y + 6, x : x + 8].tobytes() for y in range(5) for x in range(5)}
    assert {image.tobytes() for image in changed} == windows


def test_a_smaller_window():
    technique = PadAndCrop(0, size=4)
    changed = technique.augment(IMAGES, generator=np.random.default_rng(0))
    assert changed.shape == (50, 4, 4, 3) == technique.compute_output_shape((50, 6, 8, 3))
    assert technique(ops.convert_to_tensor(IMAGES), training=True).shape == (50, 4, 4, 3)
    assert np.array_equal(technique(IMAGES, training=False), IMAGES[:, 1:5, 2:6])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"size": 28, "padding": 0},
            r"of 6 x 8 pixels for a crop of 28 x 28 with padding=0; expected a crop of at most",
        ),
        ({"size": (11, 8), "padding": 2}, "at most 10 x 12. Take larger images, a smaller crop or more padding."),
        ({"padding": 7}, "for padding=7; expected at most 6, since the border mirrors the image. Pad less."),
    ],
)
def test_images_smaller_than_the_crop(arguments, message):
    technique = PadAndCrop(**arguments)
    with pytest.raises(ValueError, match=message):
        technique.augment(IMAGES, generator=np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        technique(IMAGES, training=True)


@pytest.mark.parametrize("arguments", [{"padding": -1}, {"padding": 1.5}, {"size": 0}, {"size": (3,)}])
def test_wrong_numbers(arguments):
    with pytest.raises(ValueError, match="; expected a (whole )?number of pixels"):
        PadAndCrop(**arguments)
