"""The mlp is the slide's network, for each task and kind of input."""

import keras
import numpy as np
import pytest

from atolye.layers import BatchNormalization
from atolye.models import mlp


def test_default_is_the_network_of_the_slide():
    model = mlp((30,), 2)
    kinds = [type(layer).__name__ for layer in model.layers]
    block = ["Dense", "Activation", "BatchNormalization", "Dropout"]
    assert kinds == ["InputLayer", *block, *block, "Dense"]
    # (30+1)*256 + 4*256 + (256+1)*128 + 4*128 + (128+1)*1, by hand
    assert model.count_params() == 7936 + 1024 + 32896 + 512 + 129
    first = model.layers[1]
    assert isinstance(first.kernel_initializer, keras.initializers.HeNormal)
    assert float(first.kernel_regularizer.l2) == pytest.approx(1e-4)
    assert [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [0.3, 0.25]
    norms = [layer for layer in model.layers if isinstance(layer, BatchNormalization)]
    assert [norm.momentum for norm in norms] == [0.9, 0.9]


@pytest.mark.parametrize(
    ("num_classes", "task", "units", "activation"),
    [(2, "classification", 1, "sigmoid"), (5, "classification", 5, "softmax"), (0, "regression", 1, "linear")],
)
def test_output_fits_the_task_and_is_float32_in_mixed_precision(num_classes, task, units, activation):
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = mlp((4,), num_classes, hidden_units=(8,), task=task)
    finally:
        keras.config.set_dtype_policy(policy)
    assert model.layers[1].compute_dtype == "bfloat16"
    assert model.layers[-1].activation.__name__ == activation
    outputs = model(np.zeros((3, 4), "float32"))
    assert outputs.shape == (3, units)
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"


def test_images_are_scaled_and_flattened():
    model = mlp((8, 8, 1), 10, hidden_units=(16,))
    scaled = keras.Model(model.inputs[0], model.layers[2].output)  # after Rescaling and Flatten
    images = np.full((1, 8, 8, 1), 255, np.uint8)
    np.testing.assert_allclose(scaled(images), np.ones((1, 64)))
    assert model.predict(images, verbose=0).shape == (1, 10)


def test_options_are_obeyed():
    model = mlp((4,), 3, hidden_units=(8, 8, 8), activation="leaky_relu", dropout=0, l2=0, batch_normalization=False)
    assert [type(layer).__name__ for layer in model.layers[1:3]] == ["Dense", "LeakyReLU"]
    assert len(model.layers) == 1 + 3 * 2 + 1
    assert model.layers[1].kernel_regularizer is None
    three = mlp((4,), 3, hidden_units=(8, 8, 8), dropout=(0.5, 0.1))
    assert [layer.rate for layer in three.layers if isinstance(layer, keras.layers.Dropout)] == [0.5, 0.1, 0.1]


def test_learns_what_a_line_cannot():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).uniform(-1, 1, (400, 2)).astype("float32")
    y = (x[:, 0] * x[:, 1] > 0).astype("float32")
    model = mlp((2,), 2, hidden_units=(32, 32), dropout=0.0)
    model.compile(keras.optimizers.Adam(0.03), "binary_crossentropy")
    model.fit(x, y, epochs=25, batch_size=100, verbose=0)
    assert ((model.predict(x, verbose=0)[:, 0] > 0.5) == y).mean() > 0.93


def test_saved_model_predicts_the_same(tmp_path):
    model = mlp((4,), 3, hidden_units=(8,))
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_shape": (4, 4)}, r"input_shape=\(4, 4\); expected \(num_features,\)"),
        ({"num_classes": 1}, "num_classes=1; expected 2 or more"),
        ({"task": "ranking"}, "task='ranking'; expected 'classification' or 'regression'"),
        ({"hidden_units": ()}, r"hidden_units=\(\)"),
        ({"dropout": 1.0}, "dropout=1.0; expected shares from 0"),
        ({"l2": -1.0}, "l2=-1.0; expected 0 or more"),
        ({"activation": "rleu"}, "Unknown activation 'rleu'.*Did you mean 'relu'"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        mlp(**{"input_shape": (4,), "num_classes": 3} | arguments)
