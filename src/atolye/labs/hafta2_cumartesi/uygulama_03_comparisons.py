"""What lab 2.3 counts and compares before it trains: blocks, builders, separable convolutions, gradients."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from atolye.labs.differences import paired_difference
from atolye.layers import BasicBlock, BottleneckBlock, DepthwiseSeparableConv, PreActBlock, SqueezeExcite
from atolye.models import resnet
from atolye.profile import measure_latency, model_graph, profile, signal_statistics
from atolye.report import Page
from atolye.report.model_graph import draw_model_graph
from atolye.train.same_start import same_weights

C, F = 32, 64  # channels in, filters, of the blocks that are compared

# The block by hand with its arguments, the library's layer, and its parameters as a formula and as a number, with the
# four numbers a channel of batch normalization.
CASES: dict[str, tuple[str, dict[str, int], Callable[[], keras.Layer], str, int]] = {
    "basic": ("basic", {"filters": C}, lambda: BasicBlock(C), "18C² + 8C", 18 * C**2 + 8 * C),
    "basic_projection": (
        *("basic", {"filters": F, "strides": 2}, lambda: BasicBlock(F, strides=2)),
        *("9CF + 9F² + 8F + CF + 4F", 10 * C * F + 9 * F**2 + 12 * F),
    ),
    "bottleneck": (
        *("bottleneck", {"filters": C}, lambda: BottleneckBlock(C // 4)),
        *("17C²/16 + 6C", 17 * C**2 // 16 + 6 * C),
    ),
    "preact": (
        *("preact", {"filters": F, "strides": 2}, lambda: PreActBlock(F, strides=2)),
        *("9CF + 9F² + 4C + 4F + CF", 10 * C * F + 9 * F**2 + 4 * (C + F)),
    ),
    "separable": (
        *("separable", {"filters": F}, lambda: DepthwiseSeparableConv(F)),
        *("9C + CF + 4C + 4F", 13 * C + C * F + 4 * F),
    ),
    "squeeze_excite": (
        *("squeeze_excite", {"ratio": 4}, lambda: SqueezeExcite(4)),
        *("2C²/4 + C/4 + C", C**2 // 2 + C // 4 + C),
    ),
}

# Trained parameters and MACs; of He et al. (2015), tables 1 and 6, and, to the last one, of the models in torchvision.
PUBLISHED: dict[int, tuple[str, str]] = {
    18: ("11\u202f689\u202f512", "1.8 G"),
    34: ("21\u202f797\u202f672", "3.6 G"),
    50: ("25\u202f557\u202f032", "3.8 G"),
    20: ("0.27 M", "—"),
    32: ("0.46 M", "—"),
    56: ("0.85 M", "—"),
}


def blocks_against_library(by_hand: Mapping[str, Callable[..., Any]]) -> pd.DataFrame:
    """Give each block by hand and the library's layer the same random weights, and compare what they answer.

    Args:
        by_hand: functions from a symbolic image and their arguments to the block's output, by the names in `CASES`.

    Returns:
        One row a block: `name`, `formula`, `by_formula` and `by_keras` (parameters), and `difference`, the largest one
        in training or inference mode, as a share of the largest output.
    """
    random, rows = np.random.default_rng(0), []
    images = random.normal(size=(8, 16, 16, C)).astype("float32")
    for name, (block, arguments, make, formula, count) in CASES.items():
        inputs, layer = keras.Input((16, 16, C)), make()
        layer(inputs)  # makes its weights
        mine, library = (
            keras.Model(inputs, by_hand[block](inputs, **arguments)),
            keras.Model(inputs, layer.call(inputs)),
        )
        mine.set_weights([0.1 + random.random(weight.shape) / 5 for weight in mine.weights])  # variances are above 0
        library.set_weights(mine.get_weights())
        gaps = []
        for training in (False, True):
            found, expected = (np.array(model(images, training=training)) for model in (mine, library))
            gaps.append(float(np.abs(found - expected).max() / np.abs(expected).max()))
        rows.append((name, formula, count, mine.count_params(), max(gaps)))
    return pd.DataFrame(rows, columns=["name", "formula", "by_formula", "by_keras", "difference"])


def draw_block(block: Callable[..., Any]) -> Figure:
    """Draw what a block of 32 channels is made of."""
    inputs = keras.Input((16, 16, C), name="x")
    return draw_model_graph(*model_graph(keras.Model(inputs, block(inputs, C))))


def builders_against_papers(depths: Sequence[int]) -> pd.DataFrame:
    """Count the library's residual networks of some depths, and put the published counts beside.

    Returns:
        One row a depth: `depth`, `pixels` of a side, `parameters` (trained), `published`, `macs`, `published_macs`.
    """
    rows = []
    for depth in depths:
        side, classes = (224, 1000) if depth in (18, 34, 50) else (32, 10)
        model = resnet(depth, (side, side, 3), classes, kernel_initializer="zeros")  # drawing weights takes longer
        totals = profile(model).totals
        macs = f"{totals['macs'] / 1e9:.3f} G"
        rows.append((depth, side, totals["trainable_parameters"], PUBLISHED[depth][0], macs, PUBLISHED[depth][1]))
    return pd.DataFrame(rows, columns=["depth", "pixels", "parameters", "published", "macs", "published_macs"])


def costs_of(models: Mapping[str, keras.Model], *, rounds: int, batch_size: int = 64) -> pd.DataFrame:
    """Count each model's parameters and FLOPs, and measure how long its answers take.

    Returns:
        One row a model: `name`, `parameters`, `flops`, `milliseconds` of one image, `images_per_second` in batches.
    """
    rows = []
    for name, model in models.items():
        totals = profile(model).totals
        measured = measure_latency(model, batch_size=batch_size, rounds=rounds, max_seconds=2)
        times = (measured.milliseconds, measured.examples_per_second)
        rows.append((name, totals["parameters"], totals["flops"], *times))
    return pd.DataFrame(rows, columns=["name", "parameters", "flops", "milliseconds", "images_per_second"])


def gradient_norms(model: keras.Model, x: np.ndarray, y: np.ndarray, *, seed: int) -> list[float]:
    """Return the norm of the loss's gradient by each convolution on the way, from the first one, before training.

    Args:
        model: a network of named layers; convolutions whose name holds `shortcut` are not on the way.
        x: images.
        y: their classes.
        seed: of the initial weights.
    """
    same_weights(model, seed)
    found = signal_statistics(model, x, y, "sparse_categorical_crossentropy", training=True)
    on_the_way = (found["type"] == "Conv2D") & ~found["layer"].str.contains("shortcut")
    return found.loc[on_the_way, "weight_gradient_norm"].tolist()


def judge(page: Page, scores: Mapping[str, Sequence[float]], variant: str, baseline: str) -> None:
    """Say on the page whether two variants differ, or that this many seeds do not show it.

    Args:
        page: where the notice goes.
        scores: accuracies by variant, in the order of the seeds.
        variant: the one that is judged.
        baseline: the one that it is compared with.
    """
    mine, other = scores[variant], scores[baseline]
    if len(mine) == 1:
        page.notice("gain_single", variant=variant, baseline=baseline, difference=mine[0] - other[0])
        return
    gap = paired_difference(mine, other)
    name = "gain_shown" if gap["low"] * gap["high"] > 0 else "gain_unproven"
    page.notice(name, variant=variant, baseline=baseline, seeds=len(mine), **gap)
