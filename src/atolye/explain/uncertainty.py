"""How sure a model is: many predictions with dropout on, and what they agree on."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

DROPOUT_LAYERS = (
    keras.layers.Dropout,  # MCDropout and the spatial ones are subclasses
    keras.layers.AlphaDropout,
    keras.layers.GaussianDropout,
)


@dataclass(frozen=True)
class Uncertainty:
    """What `passes` predictions of each example agree and disagree on.

    Args:
        mean: mean prediction, of shape `(num_examples, num_classes)`, or the model's own output shape for regression.
            One sigmoid unit becomes two columns: probability of class 0 and of class 1.
        std: standard deviation over the passes, of the shape of `mean`.
        lower: lower end of the interval that holds `level` of the predictions, of the shape of `mean`.
        upper: upper end of it.
        level: share of the predictions in the interval.
        passes: number of predictions of each example.
        entropy: total uncertainty in nats, entropy of the mean prediction, of shape `(num_examples,)`; None for
            regression, like the two below.
        aleatoric: the part that the data leave open, mean entropy of the single predictions.
        mutual_information: the part that the model does not know (epistemic), `entropy - aleatoric`, at least 0.
    """

    mean: np.ndarray
    std: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    level: float
    passes: int
    entropy: np.ndarray | None = None
    aleatoric: np.ndarray | None = None
    mutual_information: np.ndarray | None = None


def predict_with_uncertainty(
    model: keras.Model,
    x: Any,
    *,
    passes: int = 50,
    level: float = 0.95,
    seed: int = 0,
    batch_size: int = 256,
) -> Uncertainty:
    """Predict each example `passes` times with dropout on, and return mean, spread and entropies (MC dropout).

    Use it to know which predictions to distrust. Calling `model(x, training=True)` for this, as is often shown, also
    moves the statistics of batch normalization and turns augmentation on; here dropout layers alone are on, wherever
    they are nested, and the model is afterwards what it was, bit for bit.

    Reference: Gal and Ghahramani (2016), arXiv:1506.02142; for the entropies Houlsby et al. (2011), arXiv:1112.5745.

    Args:
        model: built Keras model with one output: softmax, one sigmoid unit, or another activation for regression.
        x: its input array of shape `(num_examples, ...)`, or a list or dictionary of arrays for several inputs.
        passes: predictions of each example, at least 2; the mean's error falls with its square root.
        level: share of the predictions in the interval, between 0 and 1.
        seed: integer; the same seed and batch size give the same numbers.
        batch_size: examples at a time.

    Raises:
        ValueError: if the model has no dropout layer or several outputs, or an argument is out of its range.

    Example:
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.5), keras.layers.Dense(3, "softmax")])
        >>> result = predict_with_uncertainty(model, np.ones((2, 4), "float32"), passes=20)
        >>> result.mean.shape, bool((result.mutual_information > 0).all())
        ((2, 3), True)
    """
    if passes < 2 or not 0.0 < level < 1.0 or batch_size < 1:
        raise ValueError(
            f"Received passes={passes}, level={level}, batch_size={batch_size}; expected passes of 2 or more, level "
            "between 0 and 1, batch_size of 1 or more. Try passes=50, level=0.95, batch_size=256."
        )
    if len(model.outputs) != 1:
        raise ValueError(
            f"Expected a model with one output, received {len(model.outputs)}: {model.output_names}. "
            "Build keras.Model(model.inputs, one_of_its_outputs) and pass that."
        )
    layers = [layer for layer in model._flatten_layers() if isinstance(layer, DROPOUT_LAYERS) and layer.rate > 0]
    if not layers:
        raise ValueError(
            f"Model {model.name!r} has no dropout layer with a rate above 0, so all predictions would be the same; "
            "expected one of Dropout, SpatialDropout, AlphaDropout, GaussianDropout. Train a model with dropout."
        )
    arrays = keras.tree.map_structure(np.asarray, x)
    num_examples = len(keras.tree.flatten(arrays)[0])
    classifier, asker = _is_classifier(model), _Asker(model)
    parts = []
    with _dropout_on(layers, seed):
        for start in range(0, num_examples, batch_size):
            batch = keras.tree.map_structure(lambda array, start=start: array[start : start + batch_size], arrays)
            draws = np.stack([asker.predict_on_batch(batch) for _ in range(passes)]).astype(np.float64)
            parts.append(_summarise(draws, level, classifier))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Uncertainty(level=level, passes=passes, **joined)


class _Asker(keras.Model):
    """Calls another model in inference mode; exists so that the compiled function is its own and not that model's."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__(name="asker", autocast=False)
        self.asked = model

    def call(self, inputs: Any) -> Any:
        return self.asked(inputs, training=False)


@contextmanager
def _dropout_on(layers: list[keras.Layer], seed: int) -> Iterator[None]:
    """Let these layers drop although they are called with `training=False`; put everything back at the end."""
    states = [np.array(layer.seed_generator.state) for layer in layers]
    try:
        for index, layer in enumerate(layers):
            layer.seed_generator.state.assign(np.array([seed, index * 1_000_003], dtype="uint32"))
            # Past Keras's own attribute tracking, since this is a loan: the class's method comes back by deletion.
            object.__setattr__(layer, "call", functools.partial(_call_in_training, type(layer).call, layer))
        yield
    finally:
        for layer, state in zip(layers, states, strict=True):
            layer.__dict__.pop("call", None)
            layer.seed_generator.state.assign(state)


def _call_in_training(call: Any, layer: keras.Layer, inputs: Any, training: bool | None = None) -> Any:
    return call(layer, inputs, training=True)


def _is_classifier(model: keras.Model) -> bool:
    """Tell whether the last layer makes probabilities."""
    layer = model
    while getattr(layer, "layers", None):
        layer = layer.layers[-1]
    activation = getattr(layer, "activation", None)
    return isinstance(layer, keras.layers.Softmax) or activation in (
        keras.activations.softmax,
        keras.activations.sigmoid,
    )


def _summarise(draws: np.ndarray, level: float, classifier: bool) -> dict[str, np.ndarray]:
    """Reduce draws of shape `(passes, batch, ...)` over the passes."""
    if classifier and draws.shape[-1] == 1:
        draws = np.concatenate([1.0 - draws, draws], axis=-1)
    if classifier and not np.allclose(draws.sum(axis=-1), 1.0, atol=0.02):
        raise ValueError(
            "Expected class probabilities that sum to 1, received several sigmoid units (many labels an example). "
            "Build a model with one of the units as its output and pass that."
        )
    lower, upper = np.quantile(draws, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
    result = {"mean": draws.mean(axis=0), "std": draws.std(axis=0), "lower": lower, "upper": upper}
    if classifier:
        result["entropy"] = _entropy(result["mean"])
        result["aleatoric"] = _entropy(draws).mean(axis=0)
        result["mutual_information"] = np.maximum(result["entropy"] - result["aleatoric"], 0.0)
    return result


def _entropy(probabilities: np.ndarray) -> np.ndarray:
    return -np.sum(probabilities * np.log(np.maximum(probabilities, 1e-12)), axis=-1)
