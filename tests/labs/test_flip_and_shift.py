"""Every image that comes out is the one that went in, mirrored or not, moved by a few pixels."""

import numpy as np

from atolye.labs.flip_and_shift import flip_and_shift


def numbered(count, height=6, width=5):
    places = np.arange(count * height * width * 3, dtype="int64")
    return places.reshape(count, height, width, 3)


def test_without_a_shift_images_are_mirrored_or_untouched():
    images = numbered(40)
    moved = flip_and_shift(images, np.random.default_rng(0), most=0)
    same = (moved == images).all(axis=(1, 2, 3))
    mirrored = (moved == images[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all() and 5 < same.sum() < 35


def test_each_image_is_a_window_of_its_reflection():
    images = numbered(60)
    moved = flip_and_shift(images, np.random.default_rng(1), most=1)
    shifts = set()
    for image, found in zip(images, moved, strict=True):
        padded = np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="reflect")
        windows = {(top, left): padded[top : top + 6, left : left + 5] for top in range(3) for left in range(3)}
        places = [
            place for place, window in windows.items() if (window == found).all() or (window[:, ::-1] == found).all()
        ]
        assert places
        shifts.update(places)
    assert shifts == {(top, left) for top in range(3) for left in range(3)}


def test_the_same_numbers_give_the_same_images_and_the_input_stays():
    images = numbered(10).astype("uint8")
    before = images.copy()
    first, second = (flip_and_shift(images, np.random.default_rng(2)) for _ in range(2))
    assert np.array_equal(first, second) and first.dtype == np.uint8
    assert np.array_equal(images, before) and not np.array_equal(first, images)
