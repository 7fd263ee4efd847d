"""Against the truth: does a map's peak, and its weight, lie on the object?"""

import numpy as np
from scipy.ndimage import distance_transform_edt

from atolye.explain.explanation import Explanation
from atolye.explain.quality.quality import Quality

DRAWS = 20  # random maps an image, whose mean is the baseline


def pointing_game(explanation: Explanation, masks: np.ndarray, *, tolerance: float = 0, seed: int = 0) -> Quality:
    """Return for each image whether the map's strongest place is on the object: 1 for a hit, 0 for a miss.

    A flat map points nowhere: a miss. An image without an object is NaN and left out of the mean. Random maps hit as
    often as the object is large.

    Reference: Zhang et al. (2016), Top-down Neural Attention by Excitation Backprop, https://arxiv.org/abs/1608.00507

    Args:
        explanation: what `explain_images` returned.
        masks: where the object is, bool of shape `(num_images, height, width)`, such as the masks of `shapes`.
        tolerance: distance in pixels from the object that still counts as a hit.
        seed: of the random maps.

    Raises:
        ValueError: when the masks have another shape, or the tolerance is below 0.

    Example:
        >>> from atolye.explain.explanation import make_explanation
        >>> maps = np.array([[[0.0, 1.0], [0.5, 0.0]]])
        >>> found = make_explanation("m", np.zeros((1, 2, 2, 1)), maps, np.array([0]), np.array([1.0]))
        >>> pointing_game(found, np.array([[[False, True], [False, False]]])).mean
        1.0
    """
    if tolerance < 0:
        raise ValueError(f"Received tolerance={tolerance}; expected a number of pixels, 0 or more.")
    masks = _checked(explanation, masks)
    random = np.random.default_rng(seed)
    hits, chance = np.full(len(masks), np.nan), np.full(len(masks), np.nan)
    for row, mask in enumerate(masks):
        if not mask.any():
            continue
        on_object = (distance_transform_edt(~mask) <= tolerance).ravel()
        peak = explanation.normalised[row].argmax()
        hits[row] = bool(on_object[peak]) and not explanation.flat[row]
        chance[row] = on_object[random.random((DRAWS, mask.size)).argmax(axis=1)].mean()
    return Quality("pointing game", hits, chance, higher_is_better=True)


def energy_inside(explanation: Explanation, masks: np.ndarray, *, seed: int = 0) -> Quality:
    """Return for each image the share of the map's positive values that lies on the object, in [0, 1].

    Reference: Wang et al. (2020), Score-CAM, https://arxiv.org/abs/1910.01279 (energy-based pointing game)

    Args:
        explanation: what `explain_images` returned.
        masks: where the object is, bool of shape `(num_images, height, width)`.
        seed: of the random maps.

    Raises:
        ValueError: when the masks have another shape.
    """
    masks = _checked(explanation, masks)
    noise = np.random.default_rng(seed).random(masks.shape)
    known = masks.any(axis=(1, 2))
    shares = []
    for maps in (explanation.normalised, noise):
        total = maps.sum(axis=(1, 2))
        share = (maps * masks).sum(axis=(1, 2)) / np.where(total == 0, 1, total)  # a flat map puts nothing inside
        shares.append(np.where(known, share, np.nan))
    return Quality("energy inside", shares[0], shares[1], higher_is_better=True)


def _checked(explanation: Explanation, masks: np.ndarray) -> np.ndarray:
    masks = np.asarray(masks).astype(bool)
    if masks.shape != explanation.maps.shape:
        raise ValueError(
            f"Received masks of shape {masks.shape} for maps of shape {explanation.maps.shape}; expected the same."
        )
    return masks
