"""Settings of a fine-tuning."""

import pytest

from atolye.train import FineTuneRecipe


def test_toml_round_trip(tmp_path):
    recipe = FineTuneRecipe(data="photos/", strategy="partial", blocks=3, augment="light", cache=False, image_size=96)
    (tmp_path / "recipe.toml").write_text(recipe.to_toml(), encoding="utf-8")
    assert FineTuneRecipe.from_toml(tmp_path / "recipe.toml") == recipe
    assert type(recipe.replace(epochs=1)) is FineTuneRecipe


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"strategy": "half"}, "recipe key 'strategy': input should be 'feature_extraction', 'partial', 'full' or"),
        ({"strategy": "full", "blocks": 3}, "recipe key 'blocks' is for strategy 'partial' and 'two_stage'; received"),
        ({"blocks": 0}, "recipe key 'blocks': input should be greater than or equal to 1; received 0"),
        ({"image_size": 16}, "recipe key 'image_size': input should be greater than or equal to 32; received 16"),
        ({"layer_decay": 0}, "recipe key 'layer_decay': input should be greater than 0; received 0"),
        ({"bloks": 3}, "unknown recipe key 'bloks'. Did you mean 'blocks'?"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(settings, message):
    with pytest.raises(ValueError) as caught:
        FineTuneRecipe(data="photos/", **settings)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
