"""Albumentations' transforms in atolye's pipeline: an optional extra."""

import importlib.util
from typing import Any

import numpy as np

from atolye.augment.checks import check_images
from atolye.errors import MissingExtraError


class AlbumentationsAdapter:
    """Use a transform of Albumentations where `atolye.data.batches(..., augment=...)` takes a technique.

    Use it for what atolye has not: weather, blur, JPEG artefacts, elastic and perspective transforms, and some hundred
    more. It works image by image in NumPy; it is no Keras layer and no part of a saved model.

    Reference: Buslaev et al. (2020), Albumentations: Fast and Flexible Image Augmentations, arXiv:1809.06839.

    Args:
        transform: one transform, or a list of them; each is seeded anew for every batch, so that a training can be
            repeated.

    Raises:
        MissingExtraError: when Albumentations is not installed.
        ValueError: at the call, when images do not come as a batch, or leave it in several sizes.

    Example:
        import albumentations as A

        batches(dataset.train, 64, shuffle=True, augment=AlbumentationsAdapter([A.HorizontalFlip(), A.GaussianBlur()]))
    """

    needs_labels = False

    def __init__(self, transform: Any) -> None:
        if importlib.util.find_spec("albumentations") is None:
            raise MissingExtraError("albumentations", "albumentations")
        import albumentations

        steps = list(transform) if isinstance(transform, list | tuple) else [transform]
        self.transform = albumentations.Compose(steps)

    def augment(
        self, images: np.ndarray, labels: np.ndarray | None = None, *, generator: np.random.Generator, epoch: int = 0
    ) -> Any:
        """Return a changed copy of a batch of arrays; arguments and result as in `Augmentation.augment`."""
        images = np.asarray(images)
        check_images(images, name="AlbumentationsAdapter")
        # The transforms keep a state: a copy for each batch, since batches are worked on side by side.
        transform = self._seeded(int(generator.integers(2**31)))
        changed = [transform(image=np.ascontiguousarray(image))["image"] for image in images]
        shapes = sorted({image.shape for image in changed})
        if len(shapes) > 1:
            raise ValueError(
                f"the transform gave images of shapes {shapes[0]} and {shapes[1]}; expected one. "
                "End it with a crop or resize to a fixed size."
            )
        batch = np.stack(changed)
        return batch if labels is None else (batch, labels)

    def _seeded(self, seed: int) -> Any:
        import copy

        transform = copy.deepcopy(self.transform)
        transform.set_random_seed(seed)
        return transform
