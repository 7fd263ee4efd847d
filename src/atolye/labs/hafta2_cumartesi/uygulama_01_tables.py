"""The tables of lab 2.1 that need no training: what a layer costs in each form, what stacks see, what norms mix."""

import math
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers

from atolye.labs.hafta2_cumartesi.uygulama_01_by_hand import convolve_as, noticed_pixels
from atolye.layers import GroupedConv2D, normalization_layer
from atolye.profile import profile


def one_layer_table() -> pd.DataFrame:
    """Return what one convolution, 32 channels in and 64 out, costs in each of its forms."""
    bare: dict[str, Any] = {"use_bias": False, "padding": "same"}
    forms = {
        "3x3": [layers.Conv2D(64, 3, **bare)],
        "1x1": [layers.Conv2D(64, 1, **bare)],
        "5x5": [layers.Conv2D(64, 5, **bare)],
        "padding='valid'": [layers.Conv2D(64, 3, use_bias=False, padding="valid")],
        "strides=2": [layers.Conv2D(64, 3, strides=2, **bare)],
        "dilation_rate=2": [layers.Conv2D(64, 3, dilation_rate=2, **bare)],
        "dilation_rate=4": [layers.Conv2D(64, 3, dilation_rate=4, **bare)],
        "groups=4": [GroupedConv2D(64, 3, groups=4, **bare)],
        "depthwise + 1x1": [layers.DepthwiseConv2D(3, **bare), layers.Conv2D(64, 1, **bare)],
    }
    rows = []
    for name, stack in forms.items():
        model = keras.Sequential([keras.Input((16, 16, 32)), *stack])
        x, counted = np.ones((16, 16, 32)), 0
        for layer in stack:
            x, products = convolve_as(layer, x)
            counted += 2 * products
        found = profile(model)
        row = {"name": name, "effective_kernel": sizes(max(found.table["effective_kernel"]))}
        row |= {"output_shape": sizes(model.output_shape[1:]), "parameters": found.totals["parameters"]}
        rows.append(row | {"flops": found.totals["flops"], "counted": counted})
    return pd.DataFrame(rows).assign(share=lambda table: table["flops"] / table["flops"].iloc[0])


def field_table() -> pd.DataFrame:
    """Return how many pixels stacks of layers see: by formula, and as measured with one lit pixel after the other."""

    def conv(side: int, **options: Any) -> keras.Layer:
        return layers.Conv2D(1, side, padding="same", kernel_initializer="ones", use_bias=False, **options)

    stacks = {
        "3x3": [conv(3)],
        "5x5": [conv(5)],
        "3x3, 3x3": [conv(3), conv(3)],
        "3x3, 3x3, 3x3": [conv(3), conv(3), conv(3)],
        "3x3, MaxPooling2D, 3x3": [conv(3), layers.MaxPooling2D(2), conv(3)],
        "3x3 (strides=2), 3x3": [conv(3, strides=2), conv(3)],
        "3x3 (dilation_rate=2)": [conv(3, dilation_rate=2)],
        "3x3 (dilation_rate=4)": [conv(3, dilation_rate=4)],
        "3x3 (dilation_rate=1, 2, 4)": [conv(3, dilation_rate=rate) for rate in (1, 2, 4)],
        "3x3 (dilation_rate=2, 2, 2)": [conv(3, dilation_rate=2) for _ in range(3)],
    }
    rows = []
    for name, stack in stacks.items():
        model = keras.Sequential([keras.Input((65, 65, 1)), *stack])
        extent, pixels = noticed_pixels(stack, side=65)
        row = {"name": name, "weights": model.count_params(), "field": profile(model).totals["receptive_field"][0]}
        rows.append(row | {"measured": extent, "pixels": pixels})
    return pd.DataFrame(rows)


def company_table(maps: np.ndarray) -> pd.DataFrame:
    """Return how much a normalised image changes when the other images of its batch do; maps are of 128 images."""
    axes = {"batch": "N, H, W", "layer": "H, W, C", "group": "H, W, 8 C"}
    rows = []
    for norm, together in axes.items():
        layer: Any = normalization_layer(norm, maps.shape[-1])
        row: dict[str, Any] = {"name": f"{norm.title()}Norm", "axes": together}
        for batch in (2, 64):
            company = (maps[1:batch], maps[64 : 63 + batch])
            both = [np.asarray(layer(np.concatenate([maps[:1], others]), training=True))[0] for others in company]
            row[f"change_{batch}"] = np.abs(both[0] - both[1]).mean() / both[0].std()
        trained = sum(math.prod(weight.shape) for weight in layer.trainable_weights)
        rows.append(row | {"weights": trained, "moving": layer.count_params() - trained})
    return pd.DataFrame(rows)


def sizes(shape: Any) -> str:
    """Return a shape as the page writes it.

    Example:
        >>> sizes((32, 32, 3))
        '32 x 32 x 3'
    """
    return " x ".join(map(str, shape))
