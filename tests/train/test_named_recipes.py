"""Recipes that come with atolye."""

from pathlib import Path

import pytest

from atolye.train import Recipe
from atolye.train.named_recipes import named_recipes, recipe_file


@pytest.mark.parametrize("name", ["speedrun-85", "speedrun-90", "speedrun-93"])
def test_each_is_a_valid_recipe_that_names_its_goal(name):
    recipe = Recipe.from_toml(recipe_file(name))
    assert (recipe.data, recipe.model) == ("cifar10", "whitened_cnn")
    head = named_recipes()[name].read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith("#") and f"{name.rsplit('-', 1)[1]} %" in head


@pytest.mark.parametrize("name", ["speedrun-85", "speedrun-90", "speedrun-93"])
def test_the_benchmark_trains_by_the_same_settings(name, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import speedrun

    run, recipe = speedrun.RUNS[int(name.rsplit("-", 1)[1])], Recipe.from_toml(name)
    assert (list(run.widths), run.sizes) == (recipe.widths, recipe.progressive_sizes)
    assert (run.optimizer, run.schedule) == (recipe.optimizer, recipe.schedule)
    for setting in ("epochs", "activation", "learning_rate", "batch_size", "label_smoothing", "prune"):
        assert getattr(run, setting) == getattr(recipe, setting), setting
    assert (recipe.augment, run.border) == ("light", 32 // 16)
    assert recipe.predict_views == "multi_crop"  # as `judge` takes; by these its accuracy is told


def test_a_file_wins_over_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert recipe_file("speedrun-85") == named_recipes()["speedrun-85"]
    Path("speedrun-85").write_text('data = "digits"\n')
    assert recipe_file("speedrun-85") == Path("speedrun-85")


def test_an_unknown_name_is_told():
    with pytest.raises(
        FileNotFoundError, match=r"^no recipe at speedrun-58, .* Did you mean 'speedrun-85'\? Expected a"
    ):
        recipe_file("speedrun-58")
