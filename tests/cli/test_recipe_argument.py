"""Where a command's settings come from."""

import pytest

from atolye.cli.recipe_argument import parse_settings, read_recipe, refuse_beside_resume, unfinished_recipe
from atolye.train import FineTuneRecipe, Recipe


def test_settings_are_read_as_toml_and_as_words():
    assert parse_settings(["dropout=0.3", "widths=[8, 16]", "class_weight=balanced", "resize='pad'"]) == {
        "dropout": 0.3,
        "widths": [8, 16],
        "class_weight": "balanced",
        "resize": "pad",
    }
    with pytest.raises(ValueError, match="--set takes key=value; received 'dropout'"):
        parse_settings(["dropout"])


def test_an_option_wins_over_set_and_both_over_the_file(tmp_path):
    file = tmp_path / "recipe.toml"
    file.write_text('data = "digits"\nepochs = 3\nbatch_size = 16\nseed = 7\n', encoding="utf-8")
    recipe = read_recipe(Recipe, file, {"epochs": 5, "seed": None}, ["epochs=4", "batch_size=32"])
    assert (recipe.data, recipe.epochs, recipe.batch_size, recipe.seed) == ("digits", 5, 32, 7)


@pytest.mark.parametrize(
    "given", [({"epochs": 3}, None, None, None), ({}, ["epochs=3"], None, None), ({}, None, None, "a")]
)
def test_an_unfinished_run_takes_no_other_settings(given):
    refuse_beside_resume({"epochs": None}, None, None, None)
    with pytest.raises(ValueError, match="--resume takes the recipe of the unfinished run"):
        refuse_beside_resume(*given)


def test_an_unfinished_run_goes_on_with_the_command_that_began_it(tmp_path):
    from atolye.runs import unfinished_folder

    folder = unfinished_folder(tmp_path / "half")
    folder.mkdir(parents=True)
    (folder / "recipe.toml").write_text(Recipe(data="digits").to_toml(), encoding="utf-8")
    assert unfinished_recipe("half", tmp_path, Recipe) == folder / "recipe.toml"
    with pytest.raises(ValueError, match="half was begun by atolye train. Go on with: atolye train --resume half"):
        unfinished_recipe("half", tmp_path, FineTuneRecipe)
    with pytest.raises(FileNotFoundError, match="no unfinished run named 'other' in .*; unfinished: half"):
        unfinished_recipe("other", tmp_path, Recipe)
