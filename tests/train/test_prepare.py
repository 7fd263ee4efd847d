"""What a training starts from."""

import keras
import numpy as np

from atolye.data import load_dataset
from atolye.train import Recipe
from atolye.train.prepare import encode, prepare


def test_the_encoder_learns_from_the_training_split_alone():
    data = load_dataset("breast_cancer")
    prepared = prepare(Recipe(data="breast_cancer", widths=[4]), data)
    np.testing.assert_allclose(prepared.train.inputs.mean(axis=0), 0, atol=1e-5)
    assert abs(prepared.validation.inputs.mean(axis=0)).max() > 0.01
    assert prepared.input_shape == (30,)
    assert encode(data.test, prepared.encoder).inputs.dtype == "float32"


def test_same_seed_same_start_and_nothing_global_changes():
    data = load_dataset("digits")
    recipe = Recipe(data="digits", model="mlp", widths=[4], precision="bfloat16", class_weight="balanced", seed=7)
    one, other = prepare(recipe, data), prepare(recipe, data)
    for a, b in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert one.model.layers[2].compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"
    assert set(one.class_weight) == set(range(10))


def test_recipes_that_differ_in_dropout_start_from_the_same_weights():
    data = load_dataset("breast_cancer")
    starts = []
    for dropout in (0.0, 0.5):
        recipe = Recipe(data="breast_cancer", widths=[4, 3], dropout=dropout, precision="float32")
        starts.append(prepare(recipe, data).model.get_weights())
    for one in starts[0]:  # the other has the states of its dropout layers besides
        assert any(np.array_equal(one, other) for other in starts[1])
