import numpy as np
import pytest
from keras import ops

from atolye.augment import CutMix


@pytest.mark.parametrize("shape", [(32, 32), (7, 12), (96, 96)])
def test_the_label_counts_the_pixels_really_pasted(shape):
    labels = np.arange(300) % 2
    images = np.broadcast_to(labels[:, None, None, None], (300, *shape, 1)).astype("uint8")
    technique = CutMix(2)
    draws = np.random.default_rng(0).random((300, 1 + technique.num_draws), dtype=np.float32)
    # An image of ones holds class 1: the share of ones is the share that the label has to give to class 1.
    arrays, soft = technique.on_arrays(images, labels, draws, 0)
    np.testing.assert_allclose(soft[:, 1], arrays.mean(axis=(1, 2, 3)), atol=1e-6)
    tensors, soft = technique.on_tensors(ops.convert_to_tensor(images), ops.convert_to_tensor(labels), draws, 0)
    np.testing.assert_allclose(soft[:, 1], ops.convert_to_numpy(tensors).mean(axis=(1, 2, 3)), atol=1e-6)
    pasted = 1 - soft.numpy()[np.arange(300), labels]
    assert pasted.min() < 0.01 and pasted.max() > 0.7 and 0.2 < pasted.mean() < 0.5


def test_what_is_pasted_is_one_rectangle_from_the_same_place():
    images = np.random.default_rng(0).integers(0, 256, (30, 9, 9, 3), dtype="uint8")
    mixed, _ = CutMix(30).augment(images, np.arange(30), generator=np.random.default_rng(0))
    for number, image in enumerate(mixed):
        changed = (image != images[number]).any(axis=-1)
        assert np.array_equal(image[changed], images[number - 1][changed])
        rows, columns = changed.any(axis=1), changed.any(axis=0)
        assert changed.sum() == rows.sum() * columns.sum()
