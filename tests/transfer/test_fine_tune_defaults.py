"""What a fine-tuning does where its recipe says nothing."""

import pytest

from atolye.doctor import stage_rates_too_close
from atolye.transfer.fine_tune_defaults import FEW_DEFAULTS, MANY_DEFAULTS, defaults_for


@pytest.mark.parametrize("defaults", [FEW_DEFAULTS, MANY_DEFAULTS])
def test_pretrained_blocks_train_at_a_tenth_of_the_heads_rate(defaults):
    assert stage_rates_too_close([defaults.head_learning_rate, defaults.learning_rate]) is None


def test_many_images_train_more_blocks_in_fewer_epochs():
    assert defaults_for(10_000, "two_stage") is FEW_DEFAULTS
    assert defaults_for(10_001, "two_stage") is MANY_DEFAULTS
    assert MANY_DEFAULTS.all_blocks and not FEW_DEFAULTS.all_blocks
    assert MANY_DEFAULTS.epochs < FEW_DEFAULTS.epochs


def test_a_head_alone_has_little_to_learn_whatever_the_number():
    assert defaults_for(45_000, "feature_extraction") is FEW_DEFAULTS
