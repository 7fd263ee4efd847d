"""Several techniques in a row, and ready-made rows of rising severity."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from atolye.augment.alternating_flip import AlternatingFlip
from atolye.augment.augmentation import Augmentation
from atolye.augment.brightness import Brightness
from atolye.augment.checks import ValueRange
from atolye.augment.contrast import Contrast
from atolye.augment.cutout import Cutout
from atolye.augment.flip import Flip
from atolye.augment.pad_and_crop import PadAndCrop
from atolye.augment.rotation import Rotation
from atolye.augment.zoom import Zoom
from atolye.errors import did_you_mean

POLICIES = ("none", "light", "medium", "strong", "too_strong")
"""The names of the ready-made policies, in rising severity; see `policy`."""


@keras.saving.register_keras_serializable(package="atolye")
class Policy(Augmentation):
    """Apply techniques one after another; used like one technique.

    Args:
        steps: techniques in their order: `AlternatingFlip` first, those that mix images last. None at all changes
            nothing.
        seed: seed of the layer's random numbers.
        options: `name` and other options of a Keras layer.

    Input and output shape: as the steps have them; with a step that mixes images, `(images, labels)`.

    Raises:
        ValueError: when a step is no technique of this package.

    Example:
        >>> steps = [Flip(), PadAndCrop(4)]
        >>> Policy(steps).augment(np.zeros((2, 32, 32, 3), "uint8"), generator=np.random.default_rng(0)).shape
        (2, 32, 32, 3)
    """

    def __init__(self, steps: Sequence[Augmentation], **options: Any) -> None:
        options.pop("probability", None)
        super().__init__(**options)
        for step in steps:
            if not isinstance(step, Augmentation):
                raise ValueError(f"Received the step {step!r}; expected techniques of atolye.augment, such as Flip().")
        self.steps = list(steps)

    @property
    def num_draws(self) -> int:  # type: ignore[override]
        return sum(1 + step.num_draws for step in self.steps)

    @property
    def needs_labels(self) -> bool:  # type: ignore[override]
        return any(step.needs_labels for step in self.steps)

    @property
    def uses_epoch(self) -> bool:  # type: ignore[override]
        return any(step.uses_epoch for step in self.steps)

    def on_arrays(self, images: np.ndarray, labels: Any, draws: np.ndarray, epoch: int) -> tuple[np.ndarray, Any]:
        images, used = images if self.steps else images.copy(), 1
        for step in self.steps:
            images, labels = step.on_arrays(images, labels, draws[:, used : used + 1 + step.num_draws], epoch)
            used += 1 + step.num_draws
        return images, labels

    def on_tensors(self, images: Any, labels: Any, draws: Any, epoch: Any) -> tuple[Any, Any]:
        used = 1
        for step in self.steps:
            images, labels = step.on_tensors(images, labels, draws[:, used : used + 1 + step.num_draws], epoch)
            used += 1 + step.num_draws
        return images, labels

    def untouched(self, images: Any, labels: Any) -> tuple[Any, Any]:
        for step in self.steps:
            images, labels = step.untouched(images, labels)
        return images, labels

    def get_config(self) -> dict[str, Any]:
        config = super().get_config() | {"steps": [keras.saving.serialize_keras_object(step) for step in self.steps]}
        config.pop("probability")
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Policy":
        steps = [keras.saving.deserialize_keras_object(step) for step in config["steps"]]
        return cls(**config | {"steps": steps})


def policy(name: str, input_shape: Sequence[int], *, value_range: ValueRange, flip: bool = True) -> Policy:
    """Return one of the ready-made policies, of rising severity.

    | name | steps |
    |---|---|
    | `none` | nothing |
    | `light` | alternating flip; crop with a border of 1/16 of the side |
    | `medium` | alternating flip; crop with 1/8; cutout of 1/4 of the side |
    | `strong` | as `medium`, cutout of 1/2; a third each: rotation to 15 degrees, brightness 0.2, contrast 0.2 |
    | `too_strong` | crop with 1/4; vertical flip, half each: rotation to 180 degrees, zoom 0.5; values; cutout of 3/4 |

    Use `light` for trainings of some epochs, `medium` or `strong` for long ones, few images, or a pretrained network,
    which learns images by heart sooner. `too_strong` shows what happens when pictures do not look like the data any
    more.

    Args:
        name: see the table.
        input_shape: `(height, width, channels)`; crops are counted from the shorter side.
        value_range: lowest and highest value of a pixel; `dataset.value_range`.
        flip: whether to mirror; False for digits, text and road signs.

    Raises:
        ValueError: for an unknown name (the nearest is told) or a wrong range.

    Example:
        >>> [type(step).__name__ for step in policy("light", (32, 32, 3), value_range=(0, 255)).steps]
        ['AlternatingFlip', 'PadAndCrop']
    """
    if name not in POLICIES:
        known = ", ".join(map(repr, POLICIES))
        raise ValueError(f"Received the policy {name!r}; expected one of {known}.{did_you_mean(name, POLICIES)}")
    side = min(int(size) for size in input_shape[:2])
    steps: list[Augmentation] = [AlternatingFlip(value_range)] if flip and name != "none" else []
    if name == "light":
        steps += [PadAndCrop(max(1, side // 16))]
    if name == "medium":
        steps += [PadAndCrop(max(1, side // 8)), Cutout(0.25, value_range=value_range)]
    if name == "strong":
        steps += [
            PadAndCrop(max(1, side // 8)),
            Rotation(15, probability=1 / 3),
            Brightness(0.2, value_range=value_range, probability=1 / 3),
            Contrast(0.2, value_range=value_range, probability=1 / 3),
            Cutout(0.5, value_range=value_range),
        ]
    if name == "too_strong":
        steps += [
            *([Flip("vertical")] if flip else []),
            PadAndCrop(max(1, side // 4)),
            Rotation(180, probability=0.5),
            Zoom(0.5, probability=0.5),
            Brightness(0.5, value_range=value_range),
            Contrast(0.9, value_range=value_range),
            Cutout(0.75, value_range=value_range),
        ]
    return Policy(steps, name=f"policy_{name}")
