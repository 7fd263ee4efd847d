"""From a recipe to what changes its training images, and to targets that can be mixed."""

from typing import TYPE_CHECKING, Any

import numpy as np

from atolye.data import Dataset, Split
from atolye.train.recipe import Recipe

if TYPE_CHECKING:
    from atolye.augment import Augmentation
    from atolye.data.pipeline import Augment


class ShareOfClassOne:
    """Give the labels of two mixed classes as one share, which a single sigmoid unit is trained on.

    Args:
        technique: what mixes images; its labels are `(batch, 2)`.
    """

    def __init__(self, technique: "Augmentation") -> None:
        self.technique = technique

    def augment(
        self, images: np.ndarray, labels: np.ndarray | None = None, *, generator: np.random.Generator, epoch: int = 0
    ) -> Any:
        """Return changed images and shares of class 1, `(batch,)`; arguments as in `Augmentation.augment`."""
        images, rows = self.technique.augment(images, labels, generator=generator, epoch=epoch)
        return images, rows[:, 1]


def training_augmentation(recipe: Recipe, dataset: Dataset) -> "Augment | None":
    """Return what `batches` shall do to the training images; None where the recipe leaves them alone.

    Args:
        recipe: says which policy, and whether images are mixed.
        dataset: says size and value range of its images.

    Raises:
        ValueError: when the data are no images, have no value range, or targets that cannot be mixed; when images that
            grow do not end at their own size.
    """
    technique = _technique(recipe, dataset)
    if recipe.progressive_sizes is None:
        return technique
    from atolye.augment import ProgressiveResize

    if dataset.kind == "image":
        last, side = recipe.progressive_sizes[max(recipe.progressive_sizes)], min(dataset.input_shape[:2])
        if last != side:
            raise ValueError(
                f"progressive_sizes={recipe.progressive_sizes} ends at {last} pixels; the images of {dataset.name!r} "
                f"have {side}, at which the model is judged and asked. Let it end at {side}; image files can also be "
                f"loaded with image_size={last}."
            )
    return ProgressiveResize(recipe.progressive_sizes, augment=technique)


def _technique(recipe: Recipe, dataset: Dataset) -> "Augment | None":
    """Return what changes the training images in their full size."""
    if recipe.augment == "none" and recipe.mix == "none":
        return None
    asked = f"augment={recipe.augment!r}" if recipe.augment != "none" else f"mix={recipe.mix!r}"
    if dataset.kind != "image" or dataset.value_range is None:
        raise ValueError(
            f"{asked} needs images with a value range; received the {dataset.kind} {dataset.name!r}. Set it to 'none'."
        )
    from atolye.augment import CutMix, MixUp, Policy, policy

    chosen = policy(recipe.augment, dataset.input_shape, value_range=dataset.value_range, flip=recipe.augment_flip)
    if recipe.mix == "none":
        return chosen
    if dataset.task != "classification":
        raise ValueError(f"{asked} mixes classes; received the regression {dataset.name!r}. Set mix to 'none'.")
    if recipe.class_weight != "none":
        raise ValueError(
            f"mix={recipe.mix!r} and class_weight={recipe.class_weight!r} exclude each other: a mixed example has no "
            "class of its own. Set one of them to 'none'."
        )
    alpha = {} if recipe.mix_alpha is None else {"alpha": recipe.mix_alpha}
    kind = {"mix_up": MixUp, "cut_mix": CutMix}[recipe.mix]
    mixed = Policy([*chosen.steps, kind(dataset.num_classes, probability=recipe.mix_probability, **alpha)])
    return ShareOfClassOne(mixed) if dataset.num_classes == 2 else mixed


def mixable(split: Split, recipe: Recipe, dataset: Dataset) -> Split:
    """Return the split with targets of the form that the recipe's loss takes: one-hot rows where images are mixed."""
    if recipe.mix == "none" or dataset.num_classes <= 2:
        return split
    rows = np.eye(dataset.num_classes, dtype="float32")[split.targets]
    return Split(split.inputs, rows, split.ids, split.masks)
