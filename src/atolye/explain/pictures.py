"""Maps and images as colours: what is shown, apart from what was computed."""

import numpy as np

HEAT = "turbo"


def displayed(image: np.ndarray) -> np.ndarray:
    """Return an image in [0, 1] as matplotlib wants it: three channels in colour, else the mean as grey.

    Pixels of [0, 255] and of [0, 1] keep their brightness; anything else, such as a network's own scale, is stretched.

    Example:
        >>> displayed(np.array([[[0.0], [255.0]]])).tolist()
        [[0.0, 1.0]]
    """
    picture = image.astype("float32")
    low, high = float(picture.min()), float(picture.max())
    bounds = (0.0, 255.0) if low >= 0 and 1 < high <= 255 else (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)
    picture = (picture - bounds[0]) / ((bounds[1] - bounds[0]) or 1.0)
    return picture if picture.shape[-1] == 3 else picture.mean(axis=-1)  # (H, W, C) -> (H, W)


def overlay(image: np.ndarray, strength: np.ndarray, *, alpha: float = 0.6) -> np.ndarray:
    """Return an image with a map over it: clear where the map is 0, coloured the more it is 1.

    Args:
        image: of shape `(height, width, channels)`.
        strength: map in [0, 1], of shape `(height, width)`.
        alpha: share of the colour where the map is 1, in [0, 1].

    Returns:
        uint8 of shape `(height, width, 3)`.

    Raises:
        ValueError: when `alpha` is out of range.

    Example:
        >>> overlay(np.full((1, 1, 3), 100.0), np.zeros((1, 1))).tolist()
        [[[100, 100, 100]]]
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"Received alpha={alpha}; expected a share from 0 to 1.")
    from matplotlib import colormaps

    picture = displayed(image)
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, axis=-1)  # (H, W) -> (H, W, 3)
    colours = colormaps[HEAT](strength)[..., :3]
    share = alpha * strength[..., None]
    return np.rint(255 * (picture * (1 - share) + colours * share)).clip(0, 255).astype("uint8")
