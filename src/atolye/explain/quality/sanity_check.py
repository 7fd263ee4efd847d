"""Does the map depend on what the model has learnt? It must change when the weights are shuffled."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from scipy.stats import rankdata

from atolye.explain.explain_images import explain_images
from atolye.explain.explanation import Explanation
from atolye.explain.hook import Inputs, named_layers, structure_of

ALIKE = 0.5  # maps that keep this much similarity do not depend on the weights as they should


@dataclass(frozen=True)
class SanityCheck:
    """How alike maps stay while the model's layers are shuffled, from the last to the first.

    Args:
        method: the method that was checked.
        layers: last layer shuffled at each stage; all after it are shuffled too.
        similarity: Spearman's rank correlation of each map with the original, of shape `(num_stages, num_images)`.
        random: the same of random maps, of shape `(num_images,)`: near 0.
    """

    method: str
    layers: tuple[str, ...]
    similarity: np.ndarray
    random: np.ndarray

    @property
    def passed(self) -> bool:
        """Whether, with all layers shuffled, the maps are no longer like the original ones."""
        return bool(np.abs(self.similarity[-1]).mean() < ALIKE)

    def __str__(self) -> str:
        steps = ", ".join(f"{name} {np.mean(row):.2f}" for name, row in zip(self.layers, self.similarity, strict=True))
        verdict = "passed" if self.passed else "NOT passed: the maps do not depend on what was learnt"
        return f"{self.method}: {steps}; random maps {self.random.mean():.2f}: {verdict}"


def sanity_check(
    model: keras.Model, images: Any, *, method: str = "grad_cam", stages: int = 6, seed: int = 0, **options: Any
) -> SanityCheck:
    """Shuffle the model's weights from the last layer to the first, and return how alike the maps stay.

    Use it before trusting a method on a kind of network: some draw the image's edges whatever the model has learnt. The
    model has its own weights again after it.

    Reference: Adebayo et al. (2018), Sanity Checks for Saliency Maps, https://arxiv.org/abs/1810.03292

    Args:
        model: built model.
        images: as in `explain_images`.
        method: name of the method.
        stages: number of steps from the last layer to the first, 1 or more; each explains the images anew.
        seed: of the shuffling and of the random maps.
        **options: for `explain_images`.

    Raises:
        ValueError: when `stages` is below 1, the model has no weights, or the method refuses.

    Example:
        >>> from atolye.models import cnn
        >>> images = np.random.default_rng(0).integers(0, 255, (2, 16, 16, 3))
        >>> sanity_check(cnn((16, 16, 3), 4, widths=(8, 8)), images, stages=2).similarity.shape
        (2, 2)
    """
    if stages < 1:
        raise ValueError(f"Received stages={stages}; expected 1 or more, such as 6.")
    original = explain_images(model, images, method=method, **options)
    if "target" not in options:
        options = options | {"target": original.targets}
    if original.layer and options.get("layer") is None:
        options = options | {"layer": original.layer}
    random = np.random.default_rng(seed)
    noise = random.random(original.maps.shape)
    names, rows = [], []
    with _own_weights_again(model):
        for group in _groups(model, images, stages):
            for _, layer in group:
                _shuffle(layer, random)
            shuffled = explain_images(model, images, method=method, **options)
            names.append(group[-1][0])
            rows.append(_similarity(original, _shown(shuffled)))
    return SanityCheck(method, tuple(names), np.stack(rows), _similarity(original, noise))


def _groups(model: keras.Model, images: Any, stages: int) -> list[list[tuple[str, Any]]]:
    """Return the layers that hold weights themselves, last called first, in `stages` groups."""
    calls = [place.path.partition("#")[0] for place in structure_of(model, Inputs(model, images).take([0])).places]
    layers = named_layers(model)
    last_first = [(path, layers[path]) for path in dict.fromkeys(reversed(calls)) if path in layers]
    learnt = [(path, layer) for path, layer in last_first if _own(layer)]
    if not learnt:
        raise ValueError(f"Model {model.name!r} has no weights to shuffle.")
    edges = np.linspace(0, len(learnt), min(stages, len(learnt)) + 1).astype(int)
    return [learnt[first:end] for first, end in zip(edges[:-1], edges[1:], strict=True)]


def _own(layer: Any) -> list[Any]:
    """Return the layer's own variables, without those of layers inside it."""
    inner = {id(variable) for part in layer._flatten_layers(include_self=False) for variable in part.weights}
    return [variable for variable in layer.weights if id(variable) not in inner]


def _shuffle(layer: Any, random: np.random.Generator) -> None:
    """Mix up each variable's values: what was learnt is gone, their distribution stays."""
    for variable in _own(layer):
        values = keras.ops.convert_to_numpy(variable.value)
        if np.issubdtype(values.dtype, np.floating) or values.dtype.name == "bfloat16":
            variable.assign(random.permutation(values.ravel()).reshape(values.shape))


@contextmanager
def _own_weights_again(model: keras.Model) -> Iterator[None]:
    kept = [keras.ops.convert_to_numpy(variable.value).copy() for variable in model.weights]
    try:
        yield
    finally:
        for variable, values in zip(model.weights, kept, strict=True):
            variable.assign(values)


def _shown(explanation: Explanation) -> np.ndarray:
    return np.abs(explanation.maps) if explanation.magnitude else explanation.maps


def _similarity(original: Explanation, maps: np.ndarray) -> np.ndarray:
    """Return Spearman's rank correlation of each pair of maps; 0 where one is the same everywhere."""
    found = []
    for first, second in zip(_shown(original), maps, strict=True):
        ranks = [rankdata(values.ravel()) for values in (first, second)]
        even = any(rank.std() == 0 for rank in ranks)
        found.append(0.0 if even else float(np.corrcoef(*ranks)[0, 1]))
    return np.array(found)
