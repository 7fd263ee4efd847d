"""The slips on the slides of lab 1.1 that need none of the lab's trainings, each measured in this Keras."""

import ast
from typing import Any

import keras
import numpy as np
from keras import layers

from atolye.labs.slide_lines import error_of
from atolye.labs.slope_tensorflow import slope
from atolye.layers import ACTIVATIONS
from atolye.report import Page
from atolye.train.same_start import snapshot

SLIDE_CODE = "model = keras.Sequential([\n    layers.Dense(1, activation='sigmoid')\n\nmodel.compile(optimizer='adam')"


def check_code(page: Page) -> None:
    """Let Python read the end of the slide's program."""
    page.slide_check("slide_code", measured=error_of(lambda: ast.parse(SLIDE_CODE, "slide")), expected="OK")


def check_activations(page: Page) -> None:
    """Measure the slopes at zero, Keras's slope of leaky ReLU, and the range of the sigmoid in float32."""
    page.slide_check("relu_at_zero", measured=float(slope(ACTIVATIONS["relu"].function, [0.0])[0]), expected="0 … 1")
    left, right = slope(lambda values: keras.activations.elu(values, alpha=0.5), [-1e-6, 1e-6])
    page.slide_check("elu_at_zero", measured=f"{left:.2f} | {right:.2f}", expected="0.50 | 1.00")
    page.slide_check("leaky_default", measured=layers.LeakyReLU().negative_slope, expected=0.01)
    page.slide_check("sigmoid_range", measured=float(keras.ops.sigmoid(np.float32(17))), expected="0 < f(x) < 1")


def check_dropout(page: Page) -> None:
    """Measure when dropout scales, and which share it drops."""
    ones = np.ones((1000, 1000), "float32")
    training, testing = (np.array(layers.Dropout(0.3, seed=0)(ones, training=training)) for training in (True, False))
    page.slide_check(
        "dropout_scaling", measured=f"{training.max():.4f} | {testing.max():.1f}", expected=f"{1 / 0.7:.4f} | 1.0"
    )
    page.slide_check("dropout_rate", measured=float((training == 0).mean()), expected=0.3)


def check_mc_dropout(page: Page, network: keras.Sequential, x: Any) -> None:
    """Call the model as the slide does, and measure how far batch normalization moved; then put it back."""
    state = snapshot(network.variables)
    normalization = next(layer for layer in network.layers if isinstance(layer, layers.BatchNormalization))
    before = keras.ops.convert_to_numpy(normalization.moving_mean).copy()
    network(x, training=True)
    moved = np.abs(keras.ops.convert_to_numpy(normalization.moving_mean) - before).max()
    for variable, value in zip(network.variables, state, strict=True):
        variable.assign(value)
    page.slide_check("mc_dropout_statistics", measured=float(moved), expected=0)
