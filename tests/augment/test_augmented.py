import numpy as np
import pytest
import tensorflow as tf

from atolye.augment import CutMix, Flip, Policy, augmented, policy

IMAGES = np.random.default_rng(0).integers(0, 256, (70, 8, 8, 3), dtype="uint8")
LABELS = np.arange(70) % 3
TECHNIQUE = Policy([*policy("strong", (8, 8, 3), value_range=(0, 255)).steps, CutMix(3)])


def source():
    return tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).batch(16)


def epoch(dataset):
    return [np.concatenate(parts) for parts in zip(*((x.numpy(), y.numpy()) for x, y in dataset), strict=True)]


def same(first, second):
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(first, second, strict=True))


def test_parallel_calls_change_nothing_and_epochs_differ():
    one, eight = (augmented(source(), TECHNIQUE, seed=5, num_parallel_calls=calls) for calls in (1, 8))
    first, second = epoch(one), epoch(one)
    assert same(first, epoch(eight)) and same(second, epoch(eight))
    assert not same(first, second) and not same(first, epoch(augmented(source(), TECHNIQUE, seed=6)))
    assert same(second, epoch(augmented(source(), TECHNIQUE, seed=5, first_epoch=1)))
    assert int(one.cardinality()) == 5 and first[1].shape == (70, 3)


def test_images_alone():
    dataset = augmented(tf.data.Dataset.from_tensor_slices(IMAGES).batch(70), Flip(probability=1.0))
    assert np.array_equal(next(iter(dataset)), IMAGES[:, :, ::-1])


def test_batch_first():
    with pytest.raises(
        ValueError, match="expected batches of images, or of .images, labels.. Batch first, then augment"
    ):
        augmented(tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)), Flip())


def test_another_backend_is_told_where_to_go(monkeypatch):
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="^augmented needs the backend 'tensorflow'; received 'jax'. Use atolye.data"):
        augmented(source(), Flip())
