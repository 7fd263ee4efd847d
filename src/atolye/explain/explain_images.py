"""`explain_images`: any method by its name."""

import inspect
from collections.abc import Callable, Collection
from typing import Any

import keras

from atolye.errors import did_you_mean
from atolye.explain import methods
from atolye.explain.explanation import Explanation
from atolye.explain.hook import Target

METHODS: dict[str, Callable[..., Explanation]] = {name: getattr(methods, name) for name in methods.__all__}
"""The methods of `explain_images` by name."""


def explain_images(
    model: keras.Model,
    images: Any,
    *,
    method: str = "grad_cam",
    target: Target = None,
    output: str | int | None = None,
    batch_size: int = 32,
    **options: Any,
) -> Explanation:
    """Return maps of where in the images the model finds the evidence for an answer.

    Works with any Keras model: functional, Sequential, subclassed, nested, from a file. The model is the same after,
    bit for bit. Scores are taken before the softmax or sigmoid where a slope is needed, since a sure answer has none
    after it; methods that cover parts of the image use probabilities.

    Args:
        model: built Keras model.
        images: what the model takes, of shape `(num_images, height, width, channels)`; or a list or dictionary of
            arrays for several inputs, of which the first picture is explained.
        method: grad_cam, grad_cam_plus_plus, hires_cam, layer_cam, xgrad_cam, eigen_cam, score_cam, gradient_x_input,
            smooth_grad, integrated_gradients, occlusion or rise.
        target: None for what the model answers; a class id for all images, or a list of one for each; or a function
            from the scores of all units, of shape `(batch, units)`, to one number an example. A single sigmoid unit
            has the classes 0 and 1. A function that lasts is traced once, at the second call; a new lambda never is.
        output: name or number of the output that is asked about; needed where there are several.
        batch_size: images at a time.
        **options: the method's own, such as `layer="backbone/top_conv"` for a class-activation map. Without it, the
            last layer is taken whose output is a picture of more than one place.

    Raises:
        ValueError: for a method, option or layer that is not there (the nearest is told), a target out of range, images
            of another size or range than the model's, or a class-activation map of a model without a picture inside.

    Example:
        >>> import numpy as np
        >>> from atolye.models import cnn
        >>> images = np.full((2, 16, 16, 3), 200.0)
        >>> found = explain_images(cnn((16, 16, 3), 4, widths=(8,)), images, target=[0, 3])
        >>> found.maps.shape, found.targets.tolist()
        ((2, 16, 16), [0, 3])
    """
    check_method(method, options)
    return METHODS[method](model, images, target=target, output=output, batch_size=batch_size, **options)


def check_method(method: str, options: Collection[str] = ()) -> None:
    """Raise a ValueError unless there is a method of that name, with these options."""
    if method not in METHODS:
        raise ValueError(
            f"Received method={method!r}; expected one of: {', '.join(METHODS)}.{did_you_mean(method, METHODS)}"
        )
    known = inspect.signature(METHODS[method]).parameters
    for name in options:
        if name not in known:
            own = [key for key in known if key not in ("model", "images")]
            raise ValueError(
                f"Method {method!r} has no option {name!r}; expected one of: {', '.join(own)}.{did_you_mean(name, own)}"
            )
