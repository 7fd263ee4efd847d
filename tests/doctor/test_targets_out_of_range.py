"""Targets that a loss cannot take."""

import keras
import numpy as np
import pytest

from atolye.doctor import targets_out_of_range

SPARSE, CATEGORICAL, BINARY = "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"


def finding(targets, loss, units=3):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, "softmax", name="out")])
    model.compile("sgd", loss)
    return targets_out_of_range(model, targets)


@pytest.mark.parametrize(
    ("targets", "loss", "units"),
    [
        (np.array([0, 1, 2]), SPARSE, 3),
        (np.array([[0.0], [2.0]]), SPARSE, 3),
        (np.eye(3), CATEGORICAL, 3),
        (np.full((2, 3), 1 / 3), CATEGORICAL, 3),  # Mixed labels.
        (np.array([0.0, 1.0, 0.5]), BINARY, 1),
        (np.array([True, False]), BINARY, 1),
        (np.array([-5.0, 300.0]), "mse", 1),
        (np.array([], "int64"), SPARSE, 3),
    ],
)
def test_fine(targets, loss, units):
    assert finding(targets, loss, units) is None


@pytest.mark.parametrize(
    ("targets", "loss", "units", "cause", "fix"),
    [
        ([1, 2, 3], SPARSE, 3, "Received class ids from 1 to 3 for the 3 units", "Give the last layer 4 units"),
        ([-1, 1], SPARSE, 3, "Received class ids from -1 to 1 for the 3 units", "Number the classes from 0"),
        ([0, 1], SPARSE, 1, "Received class ids from 0 to 1 for the 1 units", "Give the last layer 2 units"),
        (np.eye(3), SPARSE, 3, "Received one-hot targets of shape (3, 3)", "Use the categorical loss"),
        ([0.5, 1.0], SPARSE, 3, "Received targets that are not whole numbers", "Give class ids"),
        ([0, 2], CATEGORICAL, 3, "Received targets of shape (2,) for the 3 units", "Use the sparse categorical loss"),
        (2 * np.eye(3), CATEGORICAL, 3, "Received targets from 0 to 2", "Number the two classes 0 and 1"),
        ([1, 2], BINARY, 1, "Received targets from 1 to 2", "Number the two classes 0 and 1"),
        ([-1, 1], BINARY, 1, "Received targets from -1 to 1", "Number the two classes 0 and 1"),
        ([0.0, np.nan], "mse", 1, "Received 1 targets that are NaN or infinite", "Remove or fill in"),
        (np.array(["a", "b"]), SPARSE, 3, "Received targets of type <U1", "Give class ids"),
    ],
)
def test_found(targets, loss, units, cause, fix):
    received = finding(np.asarray(targets), loss, units)
    assert received.cause.startswith(cause)
    assert "output 'out'" in received.cause
    assert received.fix.startswith(fix)


def test_each_output_has_its_targets():
    inputs = keras.Input((4,))
    outputs = [keras.layers.Dense(units, "softmax", name=name)(inputs) for name, units in (("a", 3), ("b", 2))]
    model = keras.Model(inputs, outputs)
    model.compile("sgd", {"a": SPARSE, "b": SPARSE})
    a, b = np.array([0, 2]), np.array([0, 2])
    for targets in ([a, b], {"a": a, "b": b}):
        assert targets_out_of_range(model, targets).cause.endswith("for the 2 units of output 'b'")
