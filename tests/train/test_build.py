"""From a recipe to a compiled model."""

import keras
import numpy as np
import pytest

from atolye.data import Dataset, Split
from atolye.train import Recipe
from atolye.train.build import build_model, class_weights, compile_model, loss_for, model_name


def dataset(kind="image", classes=3, task="classification"):
    inputs = np.zeros((6, 8, 8, 1), "uint8") if kind == "image" else np.zeros((6, 4), "float32")
    part = Split(inputs, np.arange(6) % max(classes, 1), np.arange(6).astype(str))
    return Dataset("toy", kind, task, part, part, part, tuple("abc"[:classes]), None, "by hand")


def test_the_architecture_follows_the_data():
    assert model_name(Recipe(data="x"), dataset()) == "cnn"
    assert model_name(Recipe(data="x"), dataset("table")) == "mlp"
    assert model_name(Recipe(data="x", model="mlp"), dataset()) == "mlp"


def test_settings_reach_the_model():
    recipe = Recipe(data="x", widths=[7], activation="elu", dropout=0.25, l2=0.01)
    model = build_model(recipe, dataset("table"), (4,))
    dense = next(layer for layer in model.layers if isinstance(layer, keras.layers.Dense))
    assert dense.units == 7
    assert float(dense.kernel_regularizer.l2) == pytest.approx(0.01)
    dropout = next(layer for layer in model.layers if isinstance(layer, keras.layers.Dropout))
    assert dropout.rate == 0.25


@pytest.mark.parametrize(("classes", "units"), [(2, 1), (3, 3)])
def test_loss_and_last_layer_agree(classes, units):
    data = dataset("table", classes)
    recipe = Recipe(data="x", widths=[4])
    model = build_model(recipe, data, (4,))
    compile_model(model, recipe, data)
    assert model.output_shape == (None, units)
    loss = model.evaluate(data.train.inputs, data.train.targets, verbose=0)[0]
    assert np.isfinite(loss)


def test_the_schedule_spans_the_whole_training():
    data, recipe = dataset("table"), Recipe(data="x", epochs=10, batch_size=4, schedule="cosine", learning_rate=0.5)
    model = build_model(recipe, data, (4,))
    compile_model(model, recipe, data)
    schedule = model.optimizer._learning_rate
    assert float(schedule(0)) == pytest.approx(0.5)
    assert float(schedule(10 * 2)) == pytest.approx(0.0, abs=1e-6)  # 6 examples in batches of 4: 2 updates an epoch


def test_label_smoothing_reaches_both_losses():
    assert loss_for(dataset(classes=2), label_smoothing=0.1).label_smoothing == 0.1
    assert loss_for(dataset(classes=3), label_smoothing=0.1).label_smoothing == 0.1
    assert isinstance(loss_for(dataset(classes=0, task="regression")), keras.losses.MeanSquaredError)


def test_class_weights_by_hand():
    part = Split(np.zeros((4, 1)), np.array([0, 0, 0, 1]), np.arange(4).astype(str))
    assert class_weights(part, 3) == {0: 4 / 9, 1: 4 / 3}
