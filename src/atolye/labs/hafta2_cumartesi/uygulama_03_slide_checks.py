"""What the slides on modern networks get wrong or leave out, computed, or measured by lab 2.3."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import pandas as pd

from atolye.report import Page
from atolye.study import pareto_front

# The slide's table: million parameters, ImageNet top-1 in percent.
SLIDE_MODELS = {
    "VGG-16": (138.0, 71.5),
    "ResNet-50": (25.6, 76.1),
    "MobileNetV2": (3.4, 72.0),
    "EfficientNetB0": (5.3, 77.1),
    "EfficientNetB4": (19.3, 82.9),
    "ConvNeXt-Tiny": (28.6, 82.1),
}


def check_bottleneck(page: Page, basic: Callable[[Any, int], Any], bottleneck: Callable[[Any, int], Any]) -> None:
    """Count the convolutions' weights of both blocks, at the same width and at the paper's.

    Args:
        page: where the box goes.
        basic: the basic block, from an image and its filters.
        bottleneck: the bottleneck block, from an image and its output channels.
    """
    wide, narrow = (_kernel_weights(basic, channels) for channels in (256, 64))
    squeezed = _kernel_weights(bottleneck, 256)
    measured = wide / squeezed
    page.slide_check("bottleneck_ratio", measured=measured, expected=4, wide=wide, narrow=narrow, squeezed=squeezed)


def check_separable(page: Page, costs: pd.DataFrame) -> None:
    """Hold the time that a separable convolution saves against the parameters that it saves.

    Args:
        page: where the box goes.
        costs: rows `conv_layer`, `separable_layer`, `conv_network`, `separable_network`, with `parameters`, `flops`
            and `images_per_second`.
    """
    saved = 1 - costs["flops"]["separable_layer"] / costs["flops"]["conv_layer"]
    layer, network = (
        costs["images_per_second"][f"separable_{kind}"] / costs["images_per_second"][f"conv_{kind}"]
        for kind in ("layer", "network")
    )
    fewer = costs["flops"]["conv_layer"] / costs["flops"]["separable_layer"]
    page.slide_check(
        "separable_time",
        measured={"tr": f"{layer:.2f} kat hız", "en": f"{layer:.2f} times the speed"},
        expected={"tr": f"{fewer:.2f} kat az işlem", "en": f"{fewer:.2f} times less arithmetic"},
        saved=saved,
        layer=layer,
        network=network,
    )


def check_per_parameter(page: Page) -> None:
    """Divide the accuracies of the slide's own table by their parameters, and find its Pareto front."""
    ratios = {name: accuracy / millions for name, (millions, accuracy) in SLIDE_MODELS.items()}
    best = max(ratios, key=lambda name: ratios[name])
    on_front = pareto_front(*zip(*SLIDE_MODELS.values(), strict=True))
    front = [name for name, kept in zip(SLIDE_MODELS, on_front, strict=True) if kept]
    page.slide_check(
        "per_parameter",
        measured=f"{best}: {ratios[best]:.1f}",
        expected=f"EfficientNetB0: {ratios['EfficientNetB0']:.1f}",
        front=", ".join(front),
    )


def check_vanishing(page: Page, ratios: Mapping[str, float], accuracies: Mapping[str, float]) -> None:
    """Say whether gradients vanish in a plain network with batch normalization, and whether it learns.

    Args:
        page: where the box goes.
        ratios: gradient norm of the first convolution over that of the last, of `plain_no_bn`, `plain`, `residual`;
            and their `depth`.
        accuracies: of the same networks after training.
    """
    page.slide_check(
        "vanishing_cause",
        measured=ratios["plain"],
        expected=ratios["plain_no_bn"],
        depth=ratios["depth"],
        residual=ratios["residual"],
        plain_accuracy=accuracies["plain"],
        residual_accuracy=accuracies["residual"],
        no_bn_accuracy=accuracies["plain_no_bn"],
    )


def _kernel_weights(block: Callable[[Any, int], Any], channels: int) -> int:
    """Return the weights of a block's convolutions, without biases and norms."""
    inputs = keras.Input((8, 8, channels))
    weights = keras.Model(inputs, block(inputs, channels)).trainable_weights
    return sum(weight.shape.num_elements() for weight in weights if len(weight.shape) == 4)
