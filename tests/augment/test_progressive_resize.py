from fractions import Fraction

import numpy as np
import pytest

from atolye.augment import AlternatingFlip, CutMix, PadAndCrop, Policy, ProgressiveResize, resize_area
from atolye.data.dataset import Split
from atolye.data.pipeline import batches

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 12, 12, 3), dtype="uint8")


def mean_of_area(image, y, x, height, width):
    """Return the mean of one pixel's area in exact fractions: every pixel it touches, by the share that it covers."""

    def covered(index, size, length):
        low, high = Fraction(index * length, size), Fraction((index + 1) * length, size)
        return [(p, min(high, p + 1) - max(low, p)) for p in range(length) if min(high, p + 1) > max(low, p)]

    total, area = 0, Fraction(1, 1) * Fraction(image.shape[0], height) * Fraction(image.shape[1], width)
    for row, high in covered(y, height, image.shape[0]):
        for column, wide in covered(x, width, image.shape[1]):
            total += high * wide * int(image[row, column])
    return total / area


@pytest.mark.parametrize(("height", "width"), [(9, 9), (12, 7), (5, 12), (1, 1)])
def test_every_pixel_is_the_mean_of_its_area(height, width):
    small = resize_area(IMAGES, height, width)
    assert small.shape == (5, height, width, 3) and small.dtype == np.uint8
    for number, channel in ((0, 0), (4, 2)):
        image = IMAGES[number, ..., channel]
        exact = [[mean_of_area(image, y, x, height, width) for x in range(width)] for y in range(height)]
        assert np.abs(small[number, ..., channel] - np.array(exact, dtype="float64")).max() <= 0.501


def test_half_the_side_is_the_mean_of_four_and_floats_stay_floats():
    unit = IMAGES.astype("float64") / 255
    expected = unit.reshape(5, 6, 2, 6, 2, 3).mean(axis=(2, 4))
    small = resize_area(unit, 6, 6)
    np.testing.assert_allclose(small, expected, rtol=1e-6)
    assert small.dtype == np.float64


def test_one_colour_stays_and_fine_stripes_turn_grey():
    white = np.full((1, 32, 32, 3), 255, "uint8")
    assert (resize_area(white, 24, 28) == 255).all()
    stripes = np.tile(np.array([0, 200], "uint8").reshape(1, 1, 2, 1), (1, 8, 8, 1))
    assert (resize_area(stripes, 4, 8) == 100).all()


def test_sides_by_epoch_and_in_proportion():
    grow = ProgressiveResize({4: 12, 0: 6, 2: 9})
    assert [grow.side(epoch) for epoch in range(6)] == [6, 6, 9, 9, 12, 12]
    wide = np.zeros((1, 12, 24, 1), "uint8")
    assert grow.augment(wide, generator=np.random.default_rng(0), epoch=2).shape == (1, 9, 18, 1)


def test_the_technique_works_on_full_images_first():
    inner = Policy([AlternatingFlip((0, 255)), PadAndCrop(2), CutMix(4)])
    labels = np.arange(5) % 4
    both = ProgressiveResize({0: 8, 1: 12}, augment=inner)
    assert both.needs_labels
    for epoch, side in ((0, 8), (1, 12)):
        images, rows = both.augment(IMAGES, labels, generator=np.random.default_rng(3), epoch=epoch)
        full, expected = inner.augment(IMAGES, labels, generator=np.random.default_rng(3), epoch=epoch)
        np.testing.assert_array_equal(images, resize_area(full, side, side))
        np.testing.assert_array_equal(rows, expected)
    kept = ProgressiveResize({0: 12}).augment(IMAGES, generator=np.random.default_rng(0))
    assert np.array_equal(kept, IMAGES) and not np.shares_memory(kept, IMAGES)


def test_batches_grow_between_epochs_and_after_a_resume():
    split = Split(IMAGES, np.arange(5), np.arange(5).astype(str))
    options = {"shuffle": True, "seed": 1, "augment": ProgressiveResize({0: 6, 1: 9, 2: 12}, augment=PadAndCrop(1))}
    dataset = batches(split, 2, **options)
    assert tuple(dataset.element_spec[0].shape) == (None, None, None, 3) and dataset.element_spec[0].dtype == "uint8"
    epochs = [[np.asarray(images) for images, _ in dataset] for _ in range(3)]
    assert [[images.shape[:3] for images in epoch] for epoch in epochs] == [
        [(2, side, side), (2, side, side), (1, side, side)] for side in (6, 9, 12)
    ]
    for ours, theirs in zip(epochs[2], batches(split, 2, first_epoch=2, **options), strict=True):
        np.testing.assert_array_equal(ours, theirs[0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ProgressiveResize([24, 32]), r"^Received sides=\[24, 32\]; expected pixels by epoch, such as \{0: 24"),
        (lambda: ProgressiveResize({}), r"^Received sides=\{\}; expected pixels by epoch, such as \{0: 24"),
        (lambda: ProgressiveResize({1: 24}), r"^Received sides=\{1: 24\}; expected pixels by epoch"),
        (lambda: ProgressiveResize({0: 24.5}), r"^Received sides=\{0: 24.5\}; expected pixels by epoch"),
        (lambda: ProgressiveResize({0: 0}), r"^Received sides=\{0: 0\}; expected sides of 1 pixel or more"),
        (
            lambda: ProgressiveResize({0: 8, 5: 16}).augment(IMAGES, generator=np.random.default_rng(0)),
            "^Received images of 12 x 12 pixels for a side of 16; expected a side of at most 12",
        ),
        (lambda: resize_area(IMAGES, 13, 12), "^Received 13 x 12 for images of 12 x 12 pixels; expected a size from"),
        (lambda: resize_area(IMAGES[0], 8, 8), "^resize_area received images of shape"),
    ],
)
def test_refuses(make, message):
    with pytest.raises(ValueError, match=message):
        make()
