"""Recipes: validated, flat, TOML in and out."""

import tomllib

import pytest

from atolye.train import Recipe


def test_toml_round_trip_keeps_every_setting(tmp_path):
    recipe = Recipe(
        data='çok "iyi"\\',
        widths=[8, 16],
        epochs=3,
        learning_rate=0.01,
        target="sonuç",
        column_kinds={"yaş": "numeric", "il kodu": "categorical"},
        model="whitened_cnn",
        progressive_sizes={0: 24, 2: 32},
    )
    (tmp_path / "recipe.toml").write_text(recipe.to_toml(), encoding="utf-8")
    assert Recipe.from_toml(tmp_path / "recipe.toml") == recipe


def test_options_win_over_the_file(tmp_path):
    (tmp_path / "recipe.toml").write_text('data = "digits"\nepochs = 3\n')
    assert Recipe.from_toml(tmp_path / "recipe.toml", epochs=5).epochs == 5


def test_every_key_is_told_in_the_toml():
    text = Recipe(data="digits").to_toml()
    assert all(name in text for name in Recipe.model_fields)
    assert tomllib.loads(text)["precision"] == "auto"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"data": "x", "epoch": 3}, "unknown recipe key 'epoch'. Did you mean 'epochs'?"),
        ({}, "recipe key 'data' is missing. Set it, for example data = \"mnist_small\"."),
        ({"data": "x", "epochs": 0}, "recipe key 'epochs': input should be greater than or equal to 1; received 0"),
        ({"data": "x", "dropout": 1.0}, "recipe key 'dropout': input should be less than 1; received 1.0"),
        (
            {"data": "x", "model": "cn"},
            "recipe key 'model': unknown model 'cn'. Did you mean 'cnn'? Expected auto, mlp,",
        ),
        ({"data": "x", "model": 20}, "recipe key 'model': input should be a valid string; received 20"),
        (
            {"data": "x", "model": "whitened_cnn", "progressive_sizes": {1: 24}},
            "recipe key 'progressive_sizes': received {1: 24}; expected sides of 8 or more by epoch, from 0, such as",
        ),
        (
            {"data": "x", "model": "whitened_cnn", "epochs": 4, "progressive_sizes": {0: 24, 4: 32}},
            "recipe key 'progressive_sizes': received a size from epoch 4 on; the 4 epochs are counted from 0.",
        ),
        (
            {"data": "x", "prune": 0.3, "epochs": 3},
            "recipe key 'prune': the first two epochs and the last are whole; received epochs=3. Raise epochs to 4 or",
        ),
        (
            {"data": "x", "prune": 0.3, "mix": "cut_mix"},
            "recipe key 'prune': an example has no loss of its own where images are mixed; received mix='cut_mix'. Set",
        ),
        (
            {"data": "x", "optimizer": "muon"},
            "recipe key 'optimizer': 'muon' is for model='whitened_cnn', whose convolutions are all normalized; "
            "received model='auto'.",
        ),
        (
            {"data": "x", "model": "cnn", "progressive_sizes": {0: 24}},
            "recipe key 'progressive_sizes' needs a model that takes images of any size; received model='cnn'.",
        ),
        (
            {"data": "x", "model": "whitened_cnn", "progressive_sizes": {0: 24}, "activation": "prelu"},
            "recipe key 'progressive_sizes': PReLU has a slope for each pixel, so that images cannot grow; received",
        ),
        (
            {"data": "x", "predict_views": "flip", "augment_flip": False},
            "recipe key 'predict_views': its views are mirrored, too; received predict_views='flip' and augment_flip",
        ),
        ({"data": "x", "learning_rate": float("nan")}, "received nan"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(settings, message):
    with pytest.raises(ValueError) as caught:
        Recipe(**settings)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_toml_is_named(tmp_path):
    (tmp_path / "recipe.toml").write_text("data = ")
    with pytest.raises(ValueError, match="recipe.toml is not TOML"):
        Recipe.from_toml(tmp_path / "recipe.toml")
    with pytest.raises(FileNotFoundError, match="no recipe at"):
        Recipe.from_toml(tmp_path / "absent.toml")


def test_a_recipe_does_not_change():
    recipe = Recipe(data="digits")
    assert recipe.replace(epochs=2).epochs == 2
    with pytest.raises(ValueError):
        recipe.replace(epochs=-1)
