"""Rule: each output of a model needs a loss, or a clear None."""

import keras

from atolye.doctor.finding import Finding
from atolye.doctor.trained_outputs import named_outputs
from atolye.errors import did_you_mean


def output_without_loss(model: keras.Model) -> Finding | None:
    """Find an output that no loss was named for, and a loss for an output that does not exist.

    Args:
        model: a compiled model.

    Example:
        >>> inputs = keras.Input((2,))
        >>> outputs = {"main": keras.layers.Dense(1)(inputs), "aux": keras.layers.Dense(1)(inputs)}
        >>> model = keras.Model(inputs, outputs)
        >>> model.compile("sgd", {"main": "mse"})
        >>> output_without_loss(model).cause
        "Received no loss for output 'aux'"
    """
    names, loss = list(named_outputs(model)), getattr(model, "loss", None)
    if not names or not isinstance(loss, dict):
        return None
    for name in loss:
        if name not in names:
            return Finding(
                f"Received a loss for {name!r}",
                f"the model's outputs are {', '.join(names)}",
                f"Name the losses after the outputs.{did_you_mean(name, names)}".rstrip("."),
            )
    for name in names:
        if name not in loss:
            return Finding(
                f"Received no loss for output {name!r}",
                "its layers would not be trained",
                f"Give compile a loss for it, or loss={{{name!r}: None}} if that is meant",
            )
    return None
