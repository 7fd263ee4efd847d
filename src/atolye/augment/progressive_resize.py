"""Small training images at first, their full size at the end."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from atolye.augment.augmentation import as_arrays, blocks
from atolye.augment.checks import check_images


class ProgressiveResize:
    """Train on images that grow from epoch to epoch: an image of 3/4 of the side costs about half of the arithmetic.

    Use it to shorten a training: the first epochs learn what can be seen in small images, and only the last ones need
    all pixels. It is used where `atolye.data.batches(..., augment=...)` takes a technique; it changes the images first
    by a technique, in their full size, and then makes them smaller by averaging areas, as `resize_area` does. The model
    must take images of any size, `keras.Input((None, None, channels))`, and end in a global pooling; validation and
    prediction go on with full images, so the last epochs should, too. It is no Keras layer.

    Reference: Howard (2018), the fast.ai entry to DAWNBench, and Touvron et al. (2019), arXiv:1906.06423, on what
        training at another size than prediction does.

    Args:
        sides: side in pixels by the epoch, from 0, in which it begins to hold; the images' shorter side where they are
            not square. There must be one for epoch 0.
        augment: technique or policy that changes the images before; None: nothing.

    Raises:
        ValueError: when a number is out of its range; at the call, when an image is smaller than the side.

    Example:
        >>> grow = ProgressiveResize({0: 24, 3: 28, 6: 32})
        >>> images = np.zeros((2, 32, 32, 3), "uint8")
        >>> [grow.augment(images, generator=np.random.default_rng(0), epoch=epoch).shape[1] for epoch in (0, 2, 3, 9)]
        [24, 24, 28, 32]
    """

    changes_size = True  # from epoch to epoch; `batches` then promises no height and width

    def __init__(self, sides: Mapping[int, int], *, augment: Any = None) -> None:
        numbers = [*sides, *sides.values()] if isinstance(sides, Mapping) and 0 in sides else [-1]  # refused
        whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in numbers)
        if not whole or min(numbers) < 0:
            raise ValueError(f"Received sides={sides}; expected pixels by epoch, such as {{0: 24, 3: 28, 6: 32}}.")
        if min(sides.values()) < 1:
            raise ValueError(f"Received sides={sides}; expected sides of 1 pixel or more.")
        self.sides = {int(epoch): int(side) for epoch, side in sorted(sides.items())}
        self.technique = augment

    @property
    def needs_labels(self) -> bool:
        """Whether the technique mixes images."""
        return bool(getattr(self.technique, "needs_labels", False))

    def side(self, epoch: int) -> int:
        """Return the side in pixels that holds in that epoch, counted from 0."""
        return next(side for first, side in reversed(self.sides.items()) if first <= epoch)

    def augment(
        self, images: np.ndarray, labels: np.ndarray | None = None, *, generator: np.random.Generator, epoch: int = 0
    ) -> Any:
        """Return a changed copy of a batch of arrays; arguments and result as in `Augmentation.augment`."""
        images = np.asarray(images)
        check_images(images, name="ProgressiveResize")
        shorter, largest = min(images.shape[1:3]), max(self.sides.values())
        if shorter < largest:  # also before the epoch in which it would happen
            raise ValueError(
                f"Received images of {images.shape[1]} x {images.shape[2]} pixels for a side of {largest}; expected a "
                f"side of at most {shorter}. Lower it, or load larger images."
            )
        if self.technique is not None:
            changed = self.technique.augment(images, labels, generator=generator, epoch=epoch)
            images, labels = changed if labels is not None else (changed, None)
            shorter = min(images.shape[1:3])
        side = self.side(epoch)
        height, width = (max(1, round(side * length / shorter)) for length in images.shape[1:3])
        resized = resize_area(images, height, width)
        return resized if labels is None else (resized, labels)


def resize_area(images: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return smaller copies of images: each pixel is the mean of the area that it covers in the image.

    Nothing is left out, so that fine patterns turn into grey and not into coarse ones (aliasing). Images of an integer
    type are rounded and keep it.

    Args:
        images: `(batch, height, width, channels)`, of any number type.
        height: of the result in pixels, at most the images' own.
        width: of the result in pixels, at most the images' own.

    Returns:
        `(batch, height, width, channels)`.

    Raises:
        ValueError: when the result would be larger than the images, or empty.

    Example:
        >>> resize_area(np.array([[[[10], [20], [30]]]], "uint8"), 1, 2).ravel().tolist()  # 10 and half of 20, ...
        [13, 27]
    """
    check_images(images, name="resize_area")
    count, rows, columns, channels = images.shape
    if not (1 <= height <= rows and 1 <= width <= columns):
        raise ValueError(
            f"Received {height} x {width} for images of {rows} x {columns} pixels; expected a size from 1 x 1 to that."
        )
    if (height, width) == (rows, columns):
        return images.copy()
    down = shares(rows, height)
    # Columns of whole pixels: each channel by itself, in one product.
    across = np.kron(shares(columns, width), np.eye(channels, dtype="float32")).T
    result = np.empty((count, height, width, channels), images.dtype)
    for part in blocks(images):
        # (block, rows, columns * channels) -> (block, height, columns * channels) -> (block, height, width * channels)
        values = images[part].reshape(-1, rows, columns * channels).astype("float32")
        values = np.matmul(np.matmul(down, values), across)
        result[part] = as_arrays(values, images).reshape(-1, height, width, channels)
    return result


def shares(length: int, shorter: int) -> np.ndarray:
    """Return what share each of `length` pixels has in each of `shorter` ones: `(shorter, length)`, rows sum to 1.

    Example:
        >>> shares(3, 2).round(3).tolist()
        [[0.667, 0.333, 0.0], [0.0, 0.333, 0.667]]
    """
    edges = np.arange(shorter + 1) * (length / shorter)
    pixels = np.arange(length)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (np.clip(overlap, 0, None) * (shorter / length)).astype("float32")
