"""Logits into a loss of probabilities, and the other way round."""

import keras
import pytest

from atolye.doctor import loss_against_activation

LOGITS = {"from_logits": True}


def finding(units, activation, loss):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, activation, name="out")])
    model.compile("sgd", loss)
    return loss_against_activation(model)


@pytest.mark.parametrize(
    ("units", "activation", "loss"),
    [
        (3, "softmax", "sparse_categorical_crossentropy"),
        (3, None, keras.losses.SparseCategoricalCrossentropy(**LOGITS)),
        (1, "sigmoid", "binary_crossentropy"),
        (3, "sigmoid", "binary_crossentropy"),
        (1, None, keras.losses.BinaryFocalCrossentropy(**LOGITS)),
        (1, None, "mse"),
        (3, "softmax", "kl_divergence"),
    ],
)
def test_fine(units, activation, loss):
    assert finding(units, activation, loss) is None


@pytest.mark.parametrize(
    ("units", "activation", "loss", "cause", "fix"),
    [
        (
            3,
            "softmax",
            keras.losses.CategoricalCrossentropy(**LOGITS),
            "with from_logits=True",
            "Remove the activation",
        ),
        (1, "sigmoid", keras.losses.BinaryCrossentropy(**LOGITS), "with from_logits=True", "Remove the activation"),
        (3, None, "sparse_categorical_crossentropy", "'linear' and a loss of prob", "Add activation='softmax'"),
        (1, None, "binary_crossentropy", "'linear' and a loss of probabilities", "Add activation='sigmoid'"),
        (1, "relu", "binary_crossentropy", "'relu' and a loss of probabilities", "Add activation='sigmoid'"),
        (1, "softmax", "binary_crossentropy", "softmax over 1 unit in output 'out'", "Use activation='sigmoid'"),
        (1, "softmax", "mse", "softmax over 1 unit in output 'out'", "Use activation='sigmoid'"),
    ],
)
def test_found(units, activation, loss, cause, fix):
    received = finding(units, activation, loss)
    assert received.level == "error"
    assert cause in received.cause
    assert received.fix.startswith(fix)
