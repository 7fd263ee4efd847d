"""Pixels in another range than stated."""

import numpy as np
import pytest

from atolye.doctor import value_range_disagrees

UNIT = np.random.default_rng(0).random((10, 4, 4, 3)).astype("float32")
BYTES = (UNIT * 255).astype("uint8")


@pytest.mark.parametrize(
    ("images", "value_range"),
    [
        (BYTES, (0, 255)),
        (BYTES // 10, (0.0, 255.0)),  # dark photographs
        (UNIT, (0, 1)),
        (2 * UNIT - 1, (-1, 1)),
        (np.zeros((3, 2, 2, 1), "uint8"), (0, 255)),
        (BYTES[:0], (0, 255)),
    ],
)
def test_fine(images, value_range):
    assert value_range_disagrees(images, value_range) is None


@pytest.mark.parametrize(
    ("images", "value_range", "message"),
    [
        (
            UNIT,
            (0, 255),
            r"^Received pixels from 0\.\d+ to (1|0\.\d+) for a stated value range of 0 to 255; augmentation and "
            r"rescaling would make all of them one dark area. Multiply the images by 255, or "
            r"state value_range=\(0, 1\)\.$",
        ),
        (
            BYTES,
            (0, 1),
            r"augmentation would cut them off\. Scale .*, or state their own range: value_range=\(0, 255\)\.$",
        ),
        (2 * UNIT - 1, (0, 1), r"^Received pixels from -.*state their own range: value_range=\(-1, 1\)\.$"),
        (300 * UNIT - 200, (0, 255), "Scale the images into it, or state their own range.$"),
    ],
)
def test_found(images, value_range, message):
    finding = value_range_disagrees(images, value_range)
    assert finding.level == "error"
    with pytest.raises(ValueError, match=message):
        raise ValueError(finding.message)


def test_a_sample_of_many_images_is_looked_at_from_first_to_last():
    images = np.zeros((1000, 2, 2, 1), "uint8")
    images[900:] = 200
    assert value_range_disagrees(images, (0, 1)) is not None
