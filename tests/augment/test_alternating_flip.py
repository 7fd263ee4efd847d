import numpy as np
from keras import ops

from atolye.augment import AlternatingFlip, Policy

IMAGES = np.random.default_rng(0).integers(0, 256, (400, 4, 4, 3), dtype="uint8")


def run(technique, epoch, seed=0, images=IMAGES):
    return technique.augment(images, generator=np.random.default_rng(seed), epoch=epoch)


def flipped(changed, images=IMAGES):
    return np.array([not np.array_equal(a, b) for a, b in zip(changed, images, strict=True)])


def test_two_epochs_show_every_image_both_ways():
    flip = AlternatingFlip((0, 255))
    first, second, third = (run(flip, epoch) for epoch in (0, 1, 2))
    assert np.array_equal(first, second[:, :, ::-1]) and np.array_equal(first, third)
    assert 0.4 < flipped(first).mean() < 0.6
    assert (flipped(first) ^ flipped(second)).all()


def test_an_image_is_known_wherever_it_stands_in_whatever_batch():
    order = np.random.default_rng(1).permutation(len(IMAGES))
    flip = AlternatingFlip((0, 255))
    assert np.array_equal(run(flip, 3, seed=5, images=IMAGES[order]), run(flip, 3)[order])


def test_the_same_images_in_another_range_are_flipped_alike():
    unit = IMAGES.astype("float32") / 255
    changed = run(AlternatingFlip((0, 1)), 0, images=unit)
    assert np.array_equal(flipped(changed, unit), flipped(run(AlternatingFlip((0, 255)), 0)))


def test_as_a_layer_it_goes_by_its_epoch():
    layer = Policy([AlternatingFlip((0, 255))])
    even = ops.convert_to_numpy(layer(IMAGES, training=True))
    layer.epoch.assign(1)
    odd = ops.convert_to_numpy(layer(IMAGES, training=True))
    assert np.array_equal(even, odd[:, :, ::-1]) and np.array_equal(even, run(layer, 0))
