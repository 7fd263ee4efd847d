"""The range test on recipes: images, tables, regression."""

import numpy as np
import pytest

from atolye.data import load_dataset
from atolye.train import Recipe
from atolye.train.find_recipe_lr import find_recipe_lr


def test_table():
    found = find_recipe_lr(Recipe(data="breast_cancer", precision="float32", class_weight="balanced"), steps=60)
    assert found.verdict == "ok"
    assert 1e-4 < found.recommended < 0.3


def test_same_recipe_same_answer():
    recipe = Recipe(data="digits", model="mlp", widths=[16], precision="float32")
    dataset = load_dataset("digits")
    curves = [find_recipe_lr(recipe, dataset=dataset, steps=12).losses for _ in range(2)]
    np.testing.assert_array_equal(*curves)


def test_refuses_bad_numbers():
    with pytest.raises(ValueError, match="Received min_lr=1.0 and max_lr=0.1"):
        find_recipe_lr(Recipe(data="breast_cancer", precision="float32"), min_lr=1.0, max_lr=0.1)


def test_refuses_an_optimizer_of_several_rates_before_anything_is_read():
    recipe = Recipe(data="absent/", model="whitened_cnn", optimizer="muon")
    with pytest.raises(ValueError, match="received optimizer='muon', whose parts have each theirs. Start from 0.24"):
        find_recipe_lr(recipe)
