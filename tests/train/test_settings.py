"""Settings that several recipes have."""

import pytest

from atolye.train import Recipe, settings


def test_they_bring_their_range_and_their_words():
    entry = Recipe.model_fields["patience"]
    assert entry.description == settings.Patience.__metadata__[0].description
    assert entry.default == 10
    with pytest.raises(ValueError, match="recipe key 'patience': input should be greater than or equal to 1"):
        Recipe(data="digits", patience=0)


def test_keys_of_runs_that_were_recorded_before_stay_in_their_order():
    keys = "augment augment_flip mix mix_alpha mix_probability epochs batch_size optimizer learning_rate schedule "
    keys += "label_smoothing class_weight patience min_delta ema_decay budget_seconds precision seed"
    assert [key for key in Recipe.model_fields if key in keys.split()] == keys.split()
