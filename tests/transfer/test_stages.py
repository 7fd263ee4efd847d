"""Stages as data."""

import pytest

from atolye.train import FineTuneRecipe
from atolye.transfer.stages import Stage, stages


def asked(num_examples=200, **settings):
    return stages(FineTuneRecipe(data="x", head_epochs=2, epochs=5, **settings), 18, num_examples)


def test_two_stages_are_the_default_and_a_third_of_the_blocks():
    assert asked() == (
        Stage("head", "feature_extraction", None, 2, 1e-3),
        Stage("top", "partial", 6, 5, 1e-4),
    )
    assert asked(blocks=3, layer_decay=0.8)[1] == Stage("top", "partial", 3, 5, 1e-4, 0.8)


@pytest.mark.parametrize(
    ("strategy", "stage"),
    [
        ("feature_extraction", Stage("head", "feature_extraction", None, 5, 1e-3)),
        ("partial", Stage("top", "partial", 6, 5, 1e-4)),
        ("full", Stage("all", "full", None, 5, 1e-4)),
    ],
)
def test_the_other_strategies_are_one_stage_of_all_epochs(strategy, stage):
    assert asked(strategy=strategy) == (stage,)


def test_more_blocks_than_there_are():
    assert asked(blocks=17)[1].blocks == 17
    with pytest.raises(ValueError, match="blocks=18 for efficientnet-lite0, which has 18; expected 1 to 17. Take str"):
        asked(blocks=18)
    assert stages(FineTuneRecipe(data="x", strategy="partial"), 2, 200)[0].blocks == 1


def test_what_is_left_open_depends_on_the_number_of_images():
    recipe = FineTuneRecipe(data="x")
    assert stages(recipe, 18, 10_000) == stages(recipe, 18, 1)
    assert stages(recipe, 18, 10_001) == (
        Stage("head", "feature_extraction", None, 5, 3e-3, batch_size=64, label_smoothing=0.1),
        Stage("all", "full", None, 10, 3e-4, augment="medium", batch_size=64, label_smoothing=0.1),
    )
    assert stages(recipe.replace(strategy="partial"), 18, 10_001)[0].blocks == 6


def test_what_is_left_open_fits_what_is_asked_for():
    many = stages(FineTuneRecipe(data="x", head_learning_rate=1e-3), 18, 45_000)
    assert many[1].learning_rate == pytest.approx(1e-4)  # a tenth of the head's


def test_a_stage_says_what_it_does():
    said = [stage.describe() for stage in asked(blocks=1)]
    assert said == [
        "Stage head: the head, augment none; at most 2 epochs, learning rate 0.001, batches of 32",
        "Stage top: the last block and the head, batch_norm freeze, augment none; at most 5 epochs, learning rate "
        "0.0001, batches of 32",
    ]


def test_a_head_alone_is_trained_as_with_few_images():
    recipe = FineTuneRecipe(data="x", strategy="feature_extraction")
    assert stages(recipe, 18, 45_000) == stages(recipe, 18, 200)


def test_what_is_asked_for_wins_with_any_number_of_images():
    given = {"blocks": 2, "batch_norm": "statistics", "augment": "none", "batch_size": 16}
    given |= {"learning_rate": 1e-3, "label_smoothing": 0.2}
    expected = (
        Stage("head", "feature_extraction", None, 2, 0.01, batch_size=16, label_smoothing=0.2),
        Stage("top", "partial", 2, 5, 1e-3, batch_norm="statistics", batch_size=16, label_smoothing=0.2),
    )
    assert asked(45_000, head_learning_rate=0.01, **given) == asked(head_learning_rate=0.01, **given) == expected


def test_the_head_of_two_stages_sees_images_as_they_are():
    assert [stage.augment for stage in asked(augment="strong")] == ["none", "strong"]
    assert asked(augment="strong", strategy="feature_extraction")[0].augment == "strong"
