"""The choice of normalization in a convolution block: batch, layer, group or none."""

from typing import Any, Literal, get_args

import keras

from atolye.errors import did_you_mean
from atolye.layers.batch_normalization import BatchNormalization

Norm = Literal["batch", "layer", "group", "none"]
NORMS: tuple[str, ...] = get_args(Norm)
"""The words for a norm; see `normalization_layer`."""

GROUP_SIZE = 8  # channels that are normalized together by "group"; at most, where the channels are no multiple of it


def check_norm(norm: str) -> None:
    """Raise ValueError unless `norm` is one of `NORMS`."""
    if norm not in NORMS:
        expected = ", ".join(map(repr, NORMS))
        raise ValueError(
            f"Received norm={norm!r}; expected one of {expected}. Pass 'none' for no normalization."
            f"{did_you_mean(str(norm), NORMS)}"
        )


def normalization_layer(norm: Norm, channels: int, *, dtype: Any = None, name: str | None = None) -> keras.Layer | None:
    """Return a new normalization for images of `channels` channels, or None for `"none"`.

    `"batch"` takes statistics of each channel over the batch: the fused layer of this package, and the fast one, but it
    suffers when a batch has few images. The other two take them within each image, so that the batch does not matter:
    `"layer"` over all of it, `"group"` over up to 8 neighbouring channels at a time. In all three each channel then has
    its own scale and offset.

    Reference: Ioffe and Szegedy (2015), arXiv:1502.03167, batch; Ba et al. (2016), arXiv:1607.06450, layer; Wu and He
        (2018), arXiv:1803.08494, group, and layer for images as here.

    Parameters: 4 a channel for `"batch"`, of which 2 are trained; 2 a channel for `"layer"` and `"group"`.

    Args:
        norm: `"batch"`, `"layer"`, `"group"` or `"none"`.
        channels: channels of the images.
        dtype: dtype or policy of the layer.
        name: name of the layer.

    Input and output shape of the layer: `(batch, height, width, channels)`.

    Raises:
        ValueError: for another norm.

    Example:
        >>> normalization_layer("group", 64).groups, normalization_layer("group", 12).groups
        (8, 2)
    """
    check_norm(norm)
    if norm == "none":
        return None
    if norm == "batch":
        return BatchNormalization(momentum=0.9, dtype=dtype, name=name)  # 0.9: right after 30 steps, not 300
    size = channels if norm == "layer" else max(size for size in range(1, GROUP_SIZE + 1) if channels % size == 0)
    return keras.layers.GroupNormalization(channels // size, dtype=dtype, name=name)
