"""What the slides on transfer learning and Grad-CAM get wrong or leave out, computed, or measured by lab 2.4."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers, ops

from atolye.data import Split
from atolye.evaluate import wilson_interval
from atolye.explain import grad_cam
from atolye.labs.slide_lines import error_of
from atolye.report import Page
from atolye.transfer import find_blocks
from atolye.transfer.backbone_facts import FACTS

_IMAGES = 50_000  # of CIFAR-10, to train on
_SLIDE_LAYERS = 30  # that the slide lets train


def check_memory(page: Page, input_shape: tuple[int, ...], *, side: int) -> None:
    """Compute what 50,000 images take when they are enlarged beforehand, and when the model does it.

    Args:
        page: where the box goes.
        input_shape: of an image as the file has it.
        side: pixels to which the slide enlarges it.
    """
    enlarged = _IMAGES * side * side * input_shape[-1] * 4 / 1e9
    stored = _IMAGES * int(np.prod(input_shape)) / 1e9
    measured, expected = ({lang: f"{size:.2f} GB" for lang in ("tr", "en")} for size in (enlarged, stored))
    page.slide_check("enlarged", measured=measured, expected=expected, times=enlarged / stored, images=_IMAGES)


def check_last_30(page: Page) -> None:
    """Find the block of the slide's network that its cut goes through."""
    base = keras.applications.EfficientNetB0(weights=None, include_top=False, input_shape=(96, 96, 3))
    first = base.layers[-_SLIDE_LAYERS]
    block = next(block for block in find_blocks(base) if first in block.layers)
    frozen = block.layers.index(first)
    measured = {
        "tr": f"{block.name}: {len(block.layers)} katmanın {frozen} tanesi donuk",
        "en": f"{block.name}: {frozen} of its {len(block.layers)} layers frozen",
    }
    page.slide_check("last_30", measured=measured, expected=0, block=block.name, first=first.name)


def check_training_argument(page: Page) -> None:
    """Call a part with `training=False` as on the slide, run the model as `fit` does, and see whether it was heard."""
    moved = {}
    for name, trainable in (("unfrozen", True), ("frozen", False)):
        inputs, norm = keras.Input((4,)), layers.BatchNormalization(momentum=0.9)
        base = keras.Model(inputs, norm(inputs))
        base.trainable = trainable
        outside = keras.Input((4,))
        model = keras.Model(outside, layers.Dense(1)(base(outside, training=False)))
        model(np.full((8, 4), 5.0, "float32"), training=True)
        moved[name] = round(float(ops.mean(norm.moving_mean)), 4)
    page.slide_check(
        "training_false", measured=moved["unfrozen"], expected=0.0, frozen=moved["frozen"], version=keras.__version__
    )


def check_first_fall(page: Page, history: pd.DataFrame, *, judged: int) -> None:
    """Say where validation accuracy fell for the first time, and where it was best.

    Args:
        page: where the box goes.
        history: of the stage, with `epoch`, `val_accuracy` and `val_loss`.
        judged: validation images.
    """
    fell = history["epoch"][history["val_accuracy"].diff() < 0]
    measured = {"tr": "hiç düşmedi", "en": "never fell"} if fell.empty else int(fell.iloc[0])
    reached = float(history["val_accuracy"].max())
    low, high = wilson_interval(round(reached * judged), judged)
    best = int(history.loc[history["val_loss"].idxmin(), "epoch"])
    page.slide_check("first_fall", measured=measured, expected=best, margin=(high - low) / 2, judged=judged)


def check_scaled_twice(page: Page, answers: Callable[[np.ndarray], np.ndarray], split: Split) -> None:
    """Judge the trained model on images in [0, 255], as it wants them, and in [0, 1].

    Args:
        page: where the box goes.
        answers: from images to probabilities.
        split: images in [0, 255] and their classes.
    """
    images = np.asarray(split.inputs, "float32")
    right, wrong = (
        float((answers(images / by).argmax(axis=1) == split.targets).mean()) for by in (np.float32(1), np.float32(255))
    )
    page.slide_check("scaled_twice", measured=wrong, expected=right)


def check_forgetting(page: Page, table: pd.DataFrame, *, head_rate: float) -> None:
    """Say what a rate ten times and more under the head's still loses of the source task.

    Args:
        page: where the box goes.
        table: of `forgetting_table`, with `"full"` at some rates.
        head_rate: the head's rate.
    """
    full = table[table["strategy"] == "full"].sort_values("learning_rate").reset_index(drop=True)
    lower = full[full["learning_rate"] <= head_rate / 10 * (1 + 1e-9)]
    one, lowest, highest = lower.iloc[-1], full.iloc[0], full.iloc[-1]
    found: dict[str, Any] = {"rate": one["learning_rate"], "gained": one["target_gained"]}
    for name, row in (("lowest", lowest), ("highest", highest)):
        found |= {
            name: row["learning_rate"],
            f"{name}_lost": row["source_lost"],
            f"{name}_gained": row["target_gained"],
        }
    page.slide_check("rate_forgets", measured=float(one["source_lost"]), expected=0.0, **found)


def check_nested_layer(page: Page) -> None:
    """Ask the slide's transfer model for the layer that the slide's Grad-CAM asks for."""
    inputs = keras.Input((8, 8, 3))
    base = keras.Model(inputs, layers.Conv2D(4, 3, name="top_conv")(inputs), name="efficientnetb0")
    outside = keras.Input((8, 8, 3), name="image")
    x = layers.GlobalAveragePooling2D(name="pool")(base(outside, training=False))
    model = keras.Model(outside, layers.Dense(10, "softmax", name="probabilities")(x))
    said = error_of(lambda: model.get_layer("top_conv")).rstrip(".")
    page.slide_check("nested_layer", measured=said, expected="top_conv")


def check_softmax(page: Page, model: keras.Model, images: np.ndarray) -> None:
    """Compare maps of the class's logit with maps of its probability, where the model is sure.

    Args:
        page: where the box goes.
        model: a classifier that ends in a softmax.
        images: on which it is sure of its answer.
    """
    logits = grad_cam(model, images)
    softened = grad_cam(model, images, target=lambda units: ops.max(ops.softmax(units, axis=-1), axis=-1))
    sizes = [np.abs(found.maps).mean(axis=(1, 2)) for found in (logits, softened)]
    shrunk = float(np.median(sizes[1] / np.maximum(sizes[0], 1e-30)))
    alike = [
        np.corrcoef(one.ravel(), other.ravel())[0, 1]
        for one, other in zip(logits.maps, softened.maps, strict=True)
        if one.std() > 0 and other.std() > 0
    ]
    page.slide_check(
        "softmax_slope",
        measured=shrunk,
        expected=1.0,
        confidence=float(np.median(logits.scores)),
        flat=int(softened.flat.sum()),
        images=len(images),
        correlation=float(np.median(alike)) if alike else float("nan"),
    )


def check_published_pixels(page: Page) -> None:
    """Compare the arithmetic of the slide's two EfficientNets at the size at which their accuracy was published."""
    large, small = FACTS["efficientnet-b4"], FACTS["efficientnet-b0"]
    flops = large.flops_at(large.pixels) / small.flops_at(small.pixels)
    page.slide_check(
        "published_pixels",
        measured=flops,
        expected=large.parameters / small.parameters,
        large=large.pixels,
        small=small.pixels,
    )
