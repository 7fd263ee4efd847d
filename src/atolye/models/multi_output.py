"""One body, two answers: a main output and an auxiliary one that helps the body to learn."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from atolye.layers import BatchNormalization, activation_layer


def multi_output(
    input_shape: Sequence[int],
    num_classes: int,
    num_aux_classes: int,
    *,
    hidden_units: Sequence[int] = (64, 64),
    aux_after: int | None = None,
    activation: str | Callable[[Any], Any] = "relu",
    kernel_initializer: str | keras.initializers.Initializer = "he_normal",
    dropout: float = 0.3,
) -> keras.Model:
    """Build a model with two outputs, `main` and `aux`, each to be compiled with its own loss and weight.

    Use it when the data hold a second label: learning it as well can make the first one better, and a head that leaves
    the body early brings gradients to its first layers. Compile it as

        model.compile(
            "adam",
            loss={"main": "binary_crossentropy", "aux": "sparse_categorical_crossentropy"},
            loss_weights={"main": 1.0, "aux": 0.3},
            metrics={"main": ["accuracy"], "aux": ["accuracy"]},
        )

    Reference: Caruana (1997), Multitask Learning, https://doi.org/10.1023/A:1007379606734; Szegedy et al. (2015),
        arXiv:1409.4842, for auxiliary heads.

    Args:
        input_shape: `(num_features,)`, without the batch.
        num_classes: classes of the main output: 2 gives one sigmoid unit, more give softmax units.
        num_aux_classes: classes of the auxiliary output, 2 or more; softmax units in any case, as on the slide.
        hidden_units: units of each hidden layer.
        aux_after: hidden layers before the auxiliary head; None puts both heads at the end, as on the slide.
        activation: name of the activation table or of `keras.activations`, or a function.
        kernel_initializer: initialiser of the hidden kernels.
        dropout: share of units dropped after each hidden layer, from 0 up to but not including 1.

    Input shape: `(batch, num_features)`.
    Output shape: a list of `(batch, 1)` or `(batch, num_classes)`, and `(batch, num_aux_classes)`; float32.

    Raises:
        ValueError: when a size, a share or the place of the head is out of its range.

    Example:
        >>> model = multi_output((30,), 2, 3, aux_after=1)
        >>> model.output_names, [tuple(output.shape) for output in model.outputs]
        (['main', 'aux'], [(None, 1), (None, 3)])
    """
    if not hidden_units or min(hidden_units) < 1:
        raise ValueError(f"Received hidden_units={tuple(hidden_units)}; expected one or more sizes of 1 or more.")
    if num_classes < 2 or num_aux_classes < 2:
        raise ValueError(
            f"Received num_classes={num_classes}, num_aux_classes={num_aux_classes}; expected 2 or more of each."
        )
    aux_after = len(hidden_units) if aux_after is None else aux_after
    if not 1 <= aux_after <= len(hidden_units):
        raise ValueError(f"Received aux_after={aux_after}; expected 1 to {len(hidden_units)} hidden layers.")
    if not 0 <= dropout < 1:
        raise ValueError(f"Received dropout={dropout}; expected a share from 0 up to but not including 1.")

    inputs = x = keras.Input(tuple(input_shape), name="features")
    aux = None
    for index, units in enumerate(hidden_units, 1):
        x = layers.Dense(units, kernel_initializer=kernel_initializer, name=f"hidden_{index}")(x)
        x = BatchNormalization(momentum=0.9)(activation_layer(activation)(x))
        if dropout:
            x = layers.Dropout(dropout)(x)
        if index == aux_after:
            # float32 in every precision: bfloat16 has too few digits for a probability.
            aux = layers.Dense(num_aux_classes, activation="softmax", dtype="float32", name="aux")(x)
    if num_classes == 2:
        main = layers.Dense(1, activation="sigmoid", dtype="float32", name="main")(x)
    else:
        main = layers.Dense(num_classes, activation="softmax", dtype="float32", name="main")(x)
    return keras.Model(inputs, [main, aux], name="multi_output")
