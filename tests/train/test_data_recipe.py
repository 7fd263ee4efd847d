"""What recipes share: reading, writing, wording."""

import pytest
from pydantic import Field

from atolye.train import Recipe
from atolye.train.data_recipe import DataRecipe


class Soup(DataRecipe):
    """A recipe of its own kind."""

    command = "cook"
    salt: float = Field(0.5, ge=0, description="grams")


def test_a_subclass_copies_reads_and_explains_itself(tmp_path):
    soup = Soup(data="digits", salt=1)
    assert type(soup.replace(split_seed=3)) is Soup
    path = tmp_path / "recipe.toml"
    path.write_text(soup.to_toml(), encoding="utf-8")
    assert Soup.from_toml(path) == soup
    with pytest.raises(ValueError, match="unknown recipe key 'slat'. Did you mean 'salt'?"):
        Soup(data="digits", slat=1)
    with pytest.raises(FileNotFoundError, match="atolye cook --show-recipe prints one"):
        Soup.from_toml(tmp_path / "absent.toml")


def test_the_settings_of_the_data_come_first():
    shared = list(DataRecipe.model_fields)
    assert shared[0] == "data" and shared[-1] == "max_bad"
    assert list(Recipe.model_fields)[: len(shared) + 1] == [*shared, "model"]
