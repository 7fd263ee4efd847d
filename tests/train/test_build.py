"""From a recipe to a compiled model."""

import keras
import numpy as np
import pytest

from atolye.data import Dataset, Split
from atolye.train import Recipe
from atolye.train.build import build_model, class_weights, compile_model, loss_for, model_name
from atolye.train.model_names import IMAGE_MODELS, builder_and_depth


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


@pytest.mark.parametrize("name", [name for name in IMAGE_MODELS if builder_and_depth(name)[1] in (None, 20)])
def test_every_image_architecture_can_be_named(name):
    widths = [16, 16, 16] if name.endswith("20") else [4, 8]
    recipe = Recipe(data="x", model=name, widths=widths, activation="elu", dropout=0.25, l2=0.01)
    model = build_model(recipe, dataset(), (8, 8, 1))
    assert model.name.replace("_20", "20") == name
    assert model.output_shape == (None, 3)
    assert model.layers[-1].kernel.shape[0] == widths[-1]
    assert model.layers[-2].rate == 0.25


def test_a_depth_is_the_architectures():
    recipe = Recipe(data="x", model="resnet18", widths=[2, 2, 2, 2])
    assert build_model(recipe, dataset(), (40, 40, 3)).name == "resnet_18"
    with pytest.raises(ValueError, match="Received widths=.8,. for depth=20; expected 3 of them, one a stage"):
        build_model(Recipe(data="x", model="resnet20", widths=[8]), dataset(), (8, 8, 1))
    with pytest.raises(ValueError, match="Received images of 8 x 8 pixels; expected at least 33 x 33, since a network"):
        build_model(Recipe(data="x", model="se_resnet18"), dataset(), (8, 8, 1))
    with pytest.raises(ValueError, match="model 'preact_resnet20' needs images; received the table 'toy'. Set model"):
        build_model(Recipe(data="x", model="preact_resnet20"), dataset("table"), (4,))


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


def test_the_schedule_counts_no_batch_that_is_left_out():
    data = dataset("image")
    recipe = Recipe(
        data="x", model="whitened_cnn", widths=[4, 8], epochs=10, batch_size=4, schedule="linear", learning_rate=0.5
    )
    model = build_model(recipe, data, (8, 8, 1))
    compile_model(model, recipe, data)
    assert float(model.optimizer._learning_rate(10)) == pytest.approx(0.0, abs=1e-6)  # 6 examples: one batch of 4
    assert float(model.optimizer._learning_rate(5)) == pytest.approx(0.25)


def test_muon_knows_the_size_of_the_batches():
    data = dataset("image")
    options = {"widths": [4, 8], "batch_size": 4, "schedule": "constant", "learning_rate": 0.5}
    recipe = Recipe(data="x", model="whitened_cnn", optimizer="muon", **options)
    model = build_model(recipe, data, (8, 8, 1))
    compile_model(model, recipe, data)
    head = model.optimizer.optimizers[0]
    assert (head.name, float(head.learning_rate)) == ("head", pytest.approx(0.5 * 5.5 * 4 / 512))


def test_label_smoothing_reaches_both_losses():
    assert loss_for(dataset(classes=2), label_smoothing=0.1).label_smoothing == 0.1
    assert loss_for(dataset(classes=3), label_smoothing=0.1).label_smoothing == 0.1
    assert isinstance(loss_for(dataset(classes=0, task="regression")), keras.losses.MeanSquaredError)


def test_class_weights_by_hand():
    part = Split(np.zeros((4, 1)), np.array([0, 0, 0, 1]), np.arange(4).astype(str))
    assert class_weights(part, 3) == {0: 4 / 9, 1: 4 / 3}
