"""What the slides on augmentation get wrong or leave out, each tried in this Keras; no training needed."""

import re
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from atolye.augment import CutMix
from atolye.labs.slide_lines import error_of
from atolye.report import Page


def check_zoom(page: Page) -> None:
    """Call RandomZoom as the slide does: its second argument is another factor, not the 15 % beside it."""
    error = error_of(lambda: layers.RandomZoom(0.1, 5)).replace("`", "'")
    page.slide_check("zoom_arguments", measured=error, expected="RandomZoom(0.15)")


def check_rotation(page: Page) -> None:
    """Turn a dot at the border many times and read off the largest angle."""
    layer = layers.RandomRotation(0.1, fill_mode="constant", seed=0)
    dots = np.zeros((400, 65, 65, 1), "float32")
    dots[:, 32, 60:63] = 1.0
    turned = np.asarray(layer(dots, training=True))[..., 0]
    rows, columns = np.arange(65)[:, None] - 32.0, np.arange(65) - 32.0
    mass = turned.sum(axis=(1, 2))
    angles = np.degrees(np.arctan2((turned * rows).sum(axis=(1, 2)) / mass, (turned * columns).sum(axis=(1, 2)) / mass))
    page.slide_check("rotation_degrees", measured=round(float(np.abs(angles).max()), 1), expected=36)


def check_brightness(page: Page, images: np.ndarray) -> None:
    """Give RandomBrightness(0.2) images in [0, 1] without telling it their range.

    Args:
        page: where the box goes.
        images: uint8, `(count, height, width, 3)`.
    """
    unit = images.astype("float32") / 255
    silent = np.asarray(layers.RandomBrightness(0.2, seed=0)(unit, training=True))
    told = np.asarray(layers.RandomBrightness(0.2, value_range=(0, 1), seed=0)(unit, training=True))
    ruined = float(np.mean((silent.max(axis=(1, 2, 3)) == 0) | (silent.min(axis=(1, 2, 3)) > 1)))
    page.slide_check("brightness_range", measured=round(ruined, 3), expected=0.0, highest=silent.max(), told=told.max())


def check_crop(page: Page, images: np.ndarray) -> None:
    """Crop many copies of one image with RandomCrop: how many windows come out?

    Args:
        page: where the box goes.
        images: uint8, `(count, 32, 32, 3)`.
    """
    copies = np.repeat(images[:1], 64, axis=0)
    layer = layers.RandomCrop(28, 28, seed=0)
    cropped = np.asarray(layer(copies, training=True))
    windows = len({crop.tobytes() for crop in cropped})
    page.slide_check("one_window", measured=windows, expected=64, shape=str(cropped.shape[1:3]))


def check_clip(page: Page, images: np.ndarray) -> None:
    """Run the slide's `random_brightness` and `clip_by_value(…, 0, 1)` on images as they come from a file.

    Args:
        page: where the box goes.
        images: uint8, `(count, height, width, 3)`.
    """
    raw = tf.constant(images.astype("float32"))
    clipped = tf.clip_by_value(tf.image.random_brightness(raw, 0.2, seed=0), 0.0, 1.0).numpy()
    page.slide_check("clip_to_one", measured=round(float((clipped == 1).mean()), 3), expected=0.0)


def check_ratio(page: Page, *, count: int = 2000) -> dict[str, float]:
    """Cut rectangles by the slide's `lam = beta(alpha, alpha)` and by ours; return how far labels are from the area."""
    random, side = np.random.default_rng(0), 32
    lam = random.beta(1.0, 1.0, count)
    cut = (side * np.sqrt(1 - lam)).astype(int)
    edges: list[Any] = []
    for centre in random.integers(0, side, (2, count)):
        edges.append(np.clip(centre + cut // 2, 0, side) - np.clip(centre - cut // 2, 0, side))
    kept = 1 - edges[0] * edges[1] / side**2
    labels = np.arange(256) % 2
    images = np.broadcast_to(labels[:, None, None, None], (256, side, side, 1)).astype("uint8")
    mixed, soft = CutMix(2).augment(images, labels, generator=np.random.default_rng(0))
    ours = float(np.abs(soft[:, 1] - mixed.mean(axis=(1, 2, 3))).max())
    page.slide_check("ratio", measured=round(float(np.abs(lam - kept).mean()), 3), expected=0.0, ours=ours)
    return {"slide": float(np.abs(lam - kept).mean()), "ours": ours}


def check_labels(page: Page, images: np.ndarray, labels: np.ndarray) -> None:
    """Give Keras's CutMix integer labels, and images that are not in a batch.

    Args:
        page: where the boxes go.
        images: uint8, `(count, height, width, 3)`.
        labels: class ids, `(count,)`.
    """
    layer = keras.layers.CutMix(seed=0)
    error = error_of(lambda: layer({"images": images, "labels": labels}, training=True))
    alone = np.asarray(layer({"images": images[0], "labels": np.eye(10, dtype="float32")[0]}, training=True)["images"])
    changed = int((alone != images[0]).sum())
    told = re.search(r"cannot compute [^\x1b\n{[]*", error)
    said = f"{error.partition(':')[0]}: {told[0].strip()}" if told else error.splitlines()[0]
    page.slide_check("keras_labels", measured=said, expected="soft labels", changed=changed)
