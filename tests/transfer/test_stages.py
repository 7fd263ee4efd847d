"""Stages as data."""

import pytest

from atolye.train import FineTuneRecipe
from atolye.transfer.stages import Stage, stages


def asked(**settings):
    return stages(FineTuneRecipe(data="x", head_epochs=2, epochs=5, **settings), 18)


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
    assert stages(FineTuneRecipe(data="x", strategy="partial"), 2)[0].blocks == 1
