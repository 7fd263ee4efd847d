"""What the slide-check boxes of lab 1.1 measure."""

import keras
import numpy as np
import pytest

from atolye.labs.hafta1_pazar import uygulama_01_slide_checks as checks


class Boxes(dict):
    """Stands for the page: keeps what is measured in each box."""

    def slide_check(self, name, *, measured, expected):
        self[name] = measured


def test_the_code_of_the_slide_is_not_python():
    boxes = Boxes()
    checks.check_code(boxes)
    assert boxes["slide_code"].startswith("SyntaxError: '[' was never closed")


def test_activations():
    boxes = Boxes()
    checks.check_activations(boxes)
    assert boxes["relu_at_zero"] == 0
    assert boxes["elu_at_zero"] == "0.50 | 1.00"
    assert boxes["leaky_default"] == pytest.approx(0.3)
    assert boxes["sigmoid_range"] == 1.0


def test_dropout_scales_in_training():
    boxes = Boxes()
    checks.check_dropout(boxes)
    assert boxes["dropout_scaling"] == "1.4286 | 1.0"
    assert boxes["dropout_rate"] == pytest.approx(0.3, abs=0.005)


def test_training_true_moves_batch_normalization_and_is_undone():
    network = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)])
    before = network.get_weights()
    boxes, x = Boxes(), np.full((4, 3), 2.0, "float32")
    checks.check_mc_dropout(boxes, network, x)
    assert boxes["mc_dropout_statistics"] == pytest.approx(0.02, rel=1e-4)  # 0.99 · 0 + 0.01 · 2
    for first, second in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
