"""What a method found: raw maps, maps to show, the score that they explain, and whether they say anything."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from atolye.explain.pictures import overlay
from atolye.files import atomic_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS = 4  # pairs of image and overlay side by side in the figure
MOST_DRAWN = 24
SAME = 1e-6  # values this near, relative to the largest, are one value


@dataclass(frozen=True)
class Explanation:
    """Maps of where in its images a model found the evidence for an answer.

    Args:
        method: name of the method.
        images: what was explained, of shape `(num_images, height, width, channels)`.
        maps: raw values, float32 of shape `(num_images, height, width)`: above 0 where the place speaks for the
            target, below 0 where it speaks against it; always finite.
        targets: explained classes, of shape `(num_images,)`; -1 for a score of your own.
        scores: what the model answers for the target: its probability, or the value of a regression.
        reasons: for each image why its map says nothing, or None where it does.
        layer: where the maps were read; None for methods that look at the image itself.
        magnitude: whether the sign means nothing, so that the size of the values is shown.
        details: figures of the method's own, an array of `num_images` each.
    """

    method: str
    images: np.ndarray
    maps: np.ndarray
    targets: np.ndarray
    scores: np.ndarray
    reasons: tuple[str | None, ...]
    layer: str | None = None
    magnitude: bool = False
    details: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def flat(self) -> np.ndarray:
        """Whether each map says nothing, of shape `(num_images,)`; `reasons` says why."""
        return np.array([reason is not None for reason in self.reasons], bool)

    @property
    def normalised(self) -> np.ndarray:
        """The evidence for the target from 0 to 1, each image by itself; all 0 where the map is flat."""
        values = np.abs(self.maps) if self.magnitude else np.maximum(self.maps, 0)
        peaks = values.max(axis=(1, 2), keepdims=True)
        return np.where(self.flat[:, None, None] | (peaks == 0), 0, values / np.where(peaks == 0, 1, peaks))

    def overlay(self, *, alpha: float = 0.6) -> np.ndarray:
        """Return the images with their maps over them, uint8 of shape `(num_images, height, width, 3)`.

        Args:
            alpha: share of the map's colour at its strongest place.
        """
        pairs = zip(self.images, self.normalised, strict=True)
        return np.stack([overlay(image, strength, alpha=alpha) for image, strength in pairs])

    def take(self, rows: Sequence[int] | np.ndarray) -> "Explanation":
        """Return the explanation of some of the images, in the order of `rows`."""
        rows = np.asarray(rows, int)
        arrays = {name: getattr(self, name)[rows] for name in ("images", "maps", "targets", "scores")}
        details = {name: values[rows] for name, values in self.details.items()}
        return replace(self, **arrays, details=details, reasons=tuple(self.reasons[row] for row in rows))

    def figure(self, titles: Sequence[str] | None = None) -> "Figure":
        """Draw each image beside itself with its map over it, at most 24 of them.

        Args:
            titles: a text for each image; default: target and score.
        """
        from matplotlib.figure import Figure

        shown = min(MOST_DRAWN, len(self.images))
        titles = titles or [f"{target}: {score:.3g}" for target, score in zip(self.targets, self.scores, strict=True)]
        across, down = min(ACROSS, shown), -(-shown // ACROSS)
        lines = 1 + max(title.count("\n") for title in titles)
        figure = Figure(figsize=(2.4 * across, (1.25 + 0.2 * lines) * down), layout="constrained")
        for index, covered in enumerate(self.overlay()[:shown]):
            axes = figure.add_subplot(down, across, index + 1)
            plain = overlay(self.images[index], 0 * self.maps[index])
            gap = np.full_like(plain[:, : 1 + plain.shape[1] // 32], 255)
            axes.imshow(np.concatenate([plain, gap, covered], axis=1))
            axes.set_axis_off()
            note = f"{titles[index]} (flat)" if self.flat[index] else titles[index]
            axes.set_title(note.replace("$", r"\$"), fontsize=8)
        return figure

    def save(self, folder: str | Path, names: Sequence[str] | None = None) -> list[Path]:
        """Write `NAME.png` (the overlay) and `NAME.npy` (the raw map) for each image; return the paths.

        Args:
            folder: made where it is not there.
            names: one for each image; default: their numbers.

        Raises:
            ValueError: when the names are not as many as the images, or two are the same.
        """
        from PIL import Image

        names = names or [f"{index:04}" for index in range(len(self.images))]
        if len(names) != len(self.images) or len(set(names)) != len(names):
            raise ValueError(f"Received {len(set(names))} names for {len(self.images)} images; expected one for each.")
        paths = []
        for name, picture, values in zip(names, self.overlay(), self.maps, strict=True):
            for suffix in (".png", ".npy"):
                paths.append(Path(folder) / f"{name}{suffix}")
                with atomic_path(paths[-1]) as partial:
                    Image.fromarray(picture).save(partial) if suffix == ".png" else np.save(partial, values)
        return paths


def make_explanation(
    method: str,
    images: np.ndarray,
    maps: np.ndarray,
    targets: np.ndarray,
    scores: np.ndarray,
    *,
    layer: str | None = None,
    magnitude: bool = False,
    details: dict[str, np.ndarray] | None = None,
) -> Explanation:
    """Return the explanation of computed maps: what is not finite becomes 0, and flat maps get their reasons.

    Example:
        >>> found = make_explanation("m", np.zeros((1, 2, 2, 1)), np.zeros((1, 2, 2)), np.array([3]), np.array([0.5]))
        >>> found.flat.tolist(), found.reasons[0]
        ([True], 'the score does not depend on the image: every value is 0')
    """
    maps = np.asarray(maps, "float32")
    finite = np.isfinite(maps).all(axis=(1, 2)) & np.isfinite(scores)
    where = f"layer {layer!r}" if layer else "the image"
    reasons = tuple(
        _reason(values, where, int(target), magnitude) if good else "the model's answer or its gradient is not finite"
        for values, target, good in zip(maps, targets, finite, strict=True)
    )
    kept = np.where(finite[:, None, None], maps, np.float32(0))
    scores = np.where(np.isfinite(scores), scores, 0).astype("float32")
    return Explanation(method, images, kept, targets, scores, reasons, layer, magnitude, details or {})


def _reason(values: np.ndarray, where: str, target: int, magnitude: bool) -> str | None:
    low, high = float(values.min()), float(values.max())
    size = max(abs(low), abs(high))
    if size == 0:
        return f"the score does not depend on {where}: every value is 0"
    if high - low <= SAME * size:
        return f"{where} tells no place from another: every value is {high:.3g}"
    if high <= 0 and not magnitude:
        what = "the score" if target < 0 else f"class {target}"
        return f"nothing at {where} speaks for {what}: every value is 0 or below; look at the raw map"
    return None
