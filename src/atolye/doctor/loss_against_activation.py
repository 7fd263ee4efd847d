"""Rule: the loss and the last activation must agree on logits or probabilities."""

import keras

from atolye.doctor.finding import Finding
from atolye.doctor.trained_outputs import TrainedOutput, trained_outputs

PROBABILITIES = ("softmax", "sigmoid", "hard_sigmoid", "sparsemax")


def loss_against_activation(model: keras.Model) -> Finding | None:
    """Find an output whose cross-entropy expects logits and gets probabilities, or the other way round.

    Keras says nothing: the loss is computed, falls a little, and the model learns slowly or not at all.

    Args:
        model: a compiled model.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
        >>> model.compile("sgd", "sparse_categorical_crossentropy")
        >>> loss_against_activation(model).fix
        "Add activation='softmax' to the last layer, or give the loss from_logits=True"
    """
    for output in trained_outputs(model):
        finding = _check(output)
        if finding is not None:
            return finding
    return None


def _check(output: TrainedOutput) -> Finding | None:
    where = f"in output {output.name!r}"
    if output.activation == "softmax" and output.units == 1:
        return Finding(
            f"Received softmax over 1 unit {where}",
            "its answer is always 1, whatever the input",
            "Use activation='sigmoid' with a binary loss, or one unit for each class",
        )
    if output.family is None or output.activation is None:
        return None
    if output.from_logits and output.activation in PROBABILITIES:
        return Finding(
            f"Received activation {output.activation!r} and a loss with from_logits=True {where}",
            "the loss takes probabilities for logits and squashes them again, so that the model learns slowly",
            "Remove the activation, or give the loss from_logits=False",
        )
    if not output.from_logits and output.activation not in PROBABILITIES:
        right = "sigmoid" if output.family == "binary" else "softmax"
        return Finding(
            f"Received activation {output.activation!r} and a loss of probabilities {where}",
            "the loss takes logits for probabilities and its number means nothing",
            f"Add activation={right!r} to the last layer, or give the loss from_logits=True",
        )
    return None
