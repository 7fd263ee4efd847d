"""What a stage trains, and what it is given: the whole network, or its end and what the rest gives."""

import keras
import numpy as np
import pytest

from atolye.train import FineTuneRecipe
from atolye.train.precision import Precision
from atolye.transfer import PickView
from atolye.transfer.prepare_stage import prepare_stage
from atolye.transfer.stages import stages

RECIPE = FineTuneRecipe(data="colours", strategy="two_stage", blocks=1, batch_size=12, epochs=2, precision="float32")
FLOAT32 = Precision("float32", "asked for")


def prepared(recipe, colours, built, number):
    return prepare_stage(recipe, colours, built, stages(recipe, 3, 36)[number], FLOAT32)


@pytest.mark.parametrize("number", [0, 1])
def test_cached_the_end_gets_what_the_whole_would_give_it(number, colours, tiny_model):
    built = tiny_model()
    expected = np.asarray(built.model(colours.train.inputs[:8]))
    cached = prepared(RECIPE, colours, built, number)
    assert cached.train.inputs.shape == ((36, 4), (36, 4, 4, 4))[number] and cached.augment is None
    np.testing.assert_allclose(cached.model(cached.train.inputs[:8]), expected, atol=1e-3)
    plain = prepared(RECIPE.replace(cache=False), colours, built, number)
    assert plain.train is colours.train
    np.testing.assert_allclose(plain.model(colours.train.inputs[:8]), expected, rtol=1e-6)
    paths = [[weight.path for weight in way.model.trainable_weights] for way in (cached, plain)]
    assert paths[0] == paths[1]
    assert [path.split("/")[0] for path in paths[0]] == ["block2_conv"] * number + ["probabilities"] * 2


def test_the_end_is_part_of_the_whole(colours, tiny_model):
    built = tiny_model()
    cached = prepared(RECIPE, colours, built, 1)
    before = np.asarray(built.model(colours.test.inputs))
    cached.model.fit(cached.train.inputs, cached.train.targets, verbose=0)
    assert not np.allclose(built.model(colours.test.inputs), before, atol=1e-6)


def test_the_frozen_part_drops_nothing_in_training(colours, tiny_model):
    keras.utils.set_random_seed(1)
    built = tiny_model(0.9)
    built.model.get_layer("dropout").rate = 0.0  # the head's own
    plain = prepared(RECIPE.replace(cache=False), colours, built, 1)
    expected = np.asarray(built.model(colours.train.inputs[:4]))
    assert expected.std() > 0.01
    answers = np.asarray(plain.model(colours.train.inputs[:4], training=True))
    np.testing.assert_allclose(answers, expected, rtol=1e-5)
    assert not np.allclose(built.model(colours.train.inputs[:4], training=True), expected)


def test_views_of_changed_images_are_kept_and_picked(colours, tiny_model, caplog):
    recipe = RECIPE.replace(augment="light", views=3)
    with caplog.at_level("INFO"):
        cached = prepared(recipe, colours, tiny_model(), 1)
    assert cached.train.inputs.shape == (36, 3, 4, 4, 4) and cached.validation.inputs.shape == (12, 4, 4, 4)
    assert isinstance(cached.augment, PickView)
    assert caplog.messages == [
        "Stage top: what is frozen is computed once for 48 images, 3 changed copies of each to train on and kept on "
        "disk, 0.0 MB (--no-cache: in every epoch)"
    ]
    plain = prepared(recipe.replace(cache=False), colours, tiny_model(), 1)
    assert plain.train is colours.train and plain.augment.steps


def test_all_that_trains_has_nothing_frozen_to_keep(colours, tiny_model):
    built = tiny_model()
    recipe = RECIPE.replace(strategy="full", blocks=None, class_weight="balanced")
    whole = prepared(recipe, colours, built, 0)
    assert {id(weight) for weight in whole.model.weights} == {id(weight) for weight in built.model.weights}
    assert whole.train is colours.train
    assert whole.class_weight == {0: 1.0, 1: 1.0, 2: 1.0}


@pytest.mark.parametrize("strategy", ["full", "partial"])
@pytest.mark.parametrize("policy", ["freeze", "statistics", "train"])
def test_normalizations_that_stay_as_they_are_are_folded_and_no_others(strategy, policy, colours, tiny_model):
    blocks = 1 if strategy == "partial" else None
    recipe = RECIPE.replace(strategy=strategy, blocks=blocks, batch_norm=policy)
    model = prepared(recipe, colours, tiny_model(), 0).model
    kinds = {type(layer) for layer in model.layers if layer.name.endswith("_bn")}
    assert kinds == {keras.layers.Identity if policy == "freeze" else keras.layers.BatchNormalization}


def test_labels_are_smoothed_as_the_stage_says(colours, tiny_model):
    assert prepared(RECIPE.replace(label_smoothing=0.2), colours, tiny_model(), 1).model.loss.label_smoothing == 0.2


def test_rates_by_block(colours, tiny_model):
    recipe = RECIPE.replace(strategy="full", blocks=None, layer_decay=0.5, warmup=0.0, learning_rate=0.1)
    optimizer = prepared(recipe, colours, tiny_model(), 0).model.optimizer
    rates = {part.name: round(float(part.learning_rate), 4) for part in optimizer.optimizers}
    assert rates == {"stem": 0.025, "block1": 0.05, "block2": 0.1, "head": 0.1}
