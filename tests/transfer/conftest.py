"""A network of three blocks in place of a pretrained one, and images that it can tell apart."""

import keras
import numpy as np
import pytest
from keras import layers

from atolye.data import Dataset, Split
from atolye.models.head import output_layer
from atolye.transfer.transfer_model import POOL, TransferModel


def build(dropped: float = 0.0) -> TransferModel:
    """Build `stem`, `block1` and `block2` of 4 channels on 8 x 8 pixels; `block1` may drop maps at random."""
    inputs = keras.Input((8, 8, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescaling")(inputs)
    x = layers.Conv2D(4, 3, padding="same", use_bias=False, name="stem_conv")(x)
    x = layers.BatchNormalization(name="stem_bn")(x)
    for block in ("block1", "block2"):
        x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name=f"{block}_conv")(x)
        x = layers.BatchNormalization(name=f"{block}_bn")(x)
        x = layers.ReLU(name=f"{block}_relu")(x)
        if block == "block1":
            x = layers.SpatialDropout2D(dropped, name=f"{block}_drop")(x)
    base = keras.Model(inputs, x, name="tiny")
    x = layers.GlobalAveragePooling2D(dtype="float32", name=POOL)(base.output)
    x = layers.Dropout(0.1, dtype="float32", name="dropout")(x)
    return TransferModel(keras.Model(inputs, output_layer(3)(x), name="tiny"), base)


@pytest.fixture(scope="session")
def tiny_model():
    """Return the function that builds the small network; see `build`."""
    return build


@pytest.fixture(scope="session")
def colours() -> Dataset:
    """Sixty images of 8 x 8 pixels, each in one of three noisy colours."""
    random = np.random.default_rng(0)
    targets = np.arange(60) % 3
    images = np.clip(random.normal(np.eye(3)[targets][:, None, None] * 150 + 50, 40, (60, 8, 8, 3)), 0, 255)
    ids = np.arange(60).astype(str)
    rows = np.split(np.arange(60), [36, 48])
    parts = [Split(images[part].astype("uint8"), targets[part], ids[part]) for part in rows]
    names = ("red", "green", "blue")
    return Dataset("colours", "image", "classification", *parts, names, (0.0, 255.0), "by hand")
