"""Our own gradients are taken where TensorFlow computes on a CPU, and nowhere else."""

import keras
import tensorflow as tf

from atolye.layers.on_tensorflow_cpu import on_tensorflow_cpu


def test_tensorflow_without_a_gpu(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    assert on_tensorflow_cpu()


def test_tensorflow_with_a_gpu(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    assert not on_tensorflow_cpu()


def test_another_backend(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert not on_tensorflow_cpu()
