"""One Keras layer a file, and the activations of the course: only what Keras does not ship or does slowly on a CPU."""

from atolye.layers.batch_normalization import BatchNormalization

__all__ = ["BatchNormalization"]
