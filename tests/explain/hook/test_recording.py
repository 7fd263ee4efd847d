"""What is recorded, what is changed, and that nothing stays behind."""

import keras
import numpy as np
import pytest

from atolye.explain.hook.layer_paths import named_layers
from atolye.explain.hook.recording import recording
from atolye.layers import Temperature

L = keras.layers
X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


def state(model):
    """Every attribute of every layer that a hook could touch."""
    return [dict(layer.__dict__) for layer in model._flatten_layers()]


def small(last="softmax", units=3):
    return keras.Sequential([keras.Input((4,)), L.Dense(5, "relu", name="hidden"), L.Dense(units, last, name="last")])


def test_outputs_are_recorded_and_the_model_is_as_it_was():
    model = small()
    outputs = np.asarray(model(X))
    before = state(model)
    with recording(model, named_layers(model)) as record:
        model(X)
    assert [call.path for call in record.calls] == ["hidden", "last"]
    np.testing.assert_array_equal(record.at("last"), outputs)
    assert state(model) == before
    np.testing.assert_array_equal(model(X), outputs)


def test_it_is_as_it_was_after_an_error_too():
    model = small()
    before = state(model)
    with pytest.raises(RuntimeError, match="stop"), recording(model, named_layers(model)):
        raise RuntimeError("stop")
    assert state(model) == before


def test_a_changed_output_goes_on():
    model = small()
    with recording(model, {"hidden": model.layers[0]}, lambda path, tensor: tensor * 0):
        outputs = model(X)
    expected = keras.ops.softmax(model.layers[1].bias[None])
    np.testing.assert_allclose(outputs, np.repeat(expected, 3, axis=0), rtol=1e-6)


def test_a_second_call_is_numbered_and_a_missing_one_is_named():
    shared, inputs = L.Dense(4, name="shared"), keras.Input((4,))
    model = keras.Model(inputs, shared(shared(inputs)))
    with recording(model, named_layers(model)) as record:
        outputs = model(X)
    assert [call.path for call in record.calls] == ["shared", "shared#2"]
    assert record.at("shared#2") is outputs
    with pytest.raises(ValueError, match="Layer 'other' is not called in inference"):
        record.at("other")


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = L.Dense(3)

    def call(self, inputs):
        return keras.activations.softmax(self.dense(inputs))


def functional(last):
    inputs = keras.Input((4,))
    hidden = L.Dense(3, name="logits")(inputs)
    return keras.Model(inputs, last(hidden))


def wrapped():
    inner = small()
    inputs = keras.Input((4,))
    return keras.Model(inputs, inner(inputs))


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (small, "softmax"),
        (lambda: small("sigmoid", 1), "sigmoid"),
        (lambda: small("log_softmax"), "log_softmax"),
        (lambda: functional(L.Activation("softmax")), "softmax"),
        (lambda: functional(L.Softmax()), "softmax"),
        (lambda: functional(keras.ops.softmax), "softmax"),
        (lambda: functional(keras.ops.sigmoid), "sigmoid"),
        (wrapped, "softmax"),
        (lambda: keras.Sequential([small(), Temperature(2.0)]), "softmax"),
        (Subclassed, "softmax"),
    ],
)
def test_logits_are_found_before_the_last_activation(build, name):
    model = build()
    model(X)
    with recording(model, {}) as record:
        outputs = model(X)
    logits, activation = record.before_activation(outputs)
    assert activation == name
    scale = 2.0 if any(isinstance(layer, Temperature) for layer in model.layers) else 1.0
    function = getattr(keras.ops, name)
    np.testing.assert_allclose(function(logits / scale), outputs, rtol=2e-5, atol=1e-7)


def test_without_activation_the_output_stands_for_itself():
    model = small(None)
    with recording(model, {}) as record:
        outputs = model(X)
    assert record.before_activation(outputs) == (outputs, None)
