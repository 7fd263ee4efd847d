"""No pass over our batches, and none of Keras's over arrays once switched off, starts tf.data's autotuner."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

from atolye.augment import Flip
from atolye.autotune import switch_off_autotune, without_autotune
from atolye.data import Split, batches
from atolye.startup import start_backend

IMAGES = np.arange(5 * 4 * 4, dtype="uint8").reshape(5, 4, 4, 1)


def test_a_dataset_keeps_its_elements_and_its_other_options():
    options = tf.data.Options()
    options.deterministic = True
    dataset = tf.data.Dataset.range(5).with_options(options)
    assert dataset.options().autotune.enabled is None  # TensorFlow's default: on
    changed = without_autotune(dataset)
    assert changed.options().autotune.enabled is False
    assert changed.options().deterministic is True
    assert list(changed.as_numpy_iterator()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("augment", [None, Flip()])
def test_batches_start_none(augment):
    data = batches(Split(IMAGES, np.arange(5), np.arange(5).astype(str)), 2, shuffle=True, augment=augment)
    assert data.options().autotune.enabled is False


@pytest.mark.parametrize("shuffle", [False, True, "batch"])
def test_arrays_start_none_and_are_read_as_before(monkeypatch, shuffle):
    original = ArrayDataAdapter.get_tf_dataset
    original = getattr(original, "__wrapped__", original)
    monkeypatch.setattr(ArrayDataAdapter, "get_tf_dataset", original)

    def adapted():
        keras.utils.set_random_seed(0)
        dataset = ArrayDataAdapter(IMAGES, np.arange(5), batch_size=2, shuffle=shuffle).get_tf_dataset()
        return dataset.options().autotune.enabled, [labels.tolist() for _, labels in dataset.as_numpy_iterator()]

    enabled, before = adapted()
    assert enabled is None
    switch_off_autotune()
    enabled, after = adapted()
    assert enabled is False
    assert after == before
    once = ArrayDataAdapter.get_tf_dataset
    switch_off_autotune()
    assert ArrayDataAdapter.get_tf_dataset is once  # not wrapped again


def test_the_command_switches_it_off(monkeypatch):
    original = ArrayDataAdapter.get_tf_dataset
    monkeypatch.setattr(ArrayDataAdapter, "get_tf_dataset", getattr(original, "__wrapped__", original))
    start_backend()
    assert ArrayDataAdapter(IMAGES, batch_size=2).get_tf_dataset().options().autotune.enabled is False
