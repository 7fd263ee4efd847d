"""Outputs that nobody named a loss for."""

import keras
import pytest

from atolye.doctor import output_without_loss


def model(losses):
    inputs = keras.Input((4,))
    built = keras.Model(inputs, {name: keras.layers.Dense(1, name=name)(inputs) for name in ("main", "aux")})
    built.compile("sgd", losses)
    return built


@pytest.mark.parametrize("losses", ["mse", {"main": "mse", "aux": "mse"}, {"main": "mse", "aux": None}])
def test_fine(losses):
    assert output_without_loss(model(losses)) is None


def test_missing():
    assert output_without_loss(model({"main": "mse"})).message == (
        "Received no loss for output 'aux'; its layers would not be trained. "
        "Give compile a loss for it, or loss={'aux': None} if that is meant."
    )


def test_misspelt():
    finding = output_without_loss(model({"main": "mse", "auxx": "mse"}))
    assert finding.cause == "Received a loss for 'auxx'"
    assert "Did you mean 'aux'" in finding.fix
