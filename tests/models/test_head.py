"""The last layer fits the task."""

import pytest

from atolye.models.head import output_layer


@pytest.mark.parametrize(
    ("num_classes", "task", "units", "activation"),
    [
        (2, "classification", 1, "sigmoid"),
        (3, "classification", 3, "softmax"),
        (0, "regression", 1, "linear"),
        (7, "regression", 1, "linear"),
    ],
)
def test_units_activation_and_dtype(num_classes, task, units, activation):
    layer = output_layer(num_classes, task=task)
    assert (layer.units, layer.activation.__name__, layer.compute_dtype) == (units, activation, "float32")


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="num_classes=1; expected 2 or more.*pass task='regression'"):
        output_layer(1)
