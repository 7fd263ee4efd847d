"""Losses that Keras lacks: those for integer labels (its own focal losses take binary or one-hot labels)."""

from atolye.train.losses.smoothed_sparse_categorical_crossentropy import SmoothedSparseCategoricalCrossentropy
from atolye.train.losses.sparse_categorical_focal_crossentropy import SparseCategoricalFocalCrossentropy

__all__ = ["SmoothedSparseCategoricalCrossentropy", "SparseCategoricalFocalCrossentropy"]
