"""Rates that fall block by block, and a schedule for each."""

import keras
import numpy as np
import pytest

from atolye.train.callbacks import current_learning_rates
from atolye.transfer import apply_strategy
from atolye.transfer.layer_rates import layer_rates, make_optimizer


def test_each_block_moves_at_its_own_rate(tiny_model):
    built = tiny_model()
    apply_strategy(built.backbone, "partial", blocks=2, batch_norm="train")
    optimizer = layer_rates(built.backbone, "sgd", 0.1, 10, layer_decay=0.1, warmup=0.0)
    weights = built.model.trainable_weights
    before = {weight.path: np.array(weight) for weight in weights}
    optimizer.build(weights)
    optimizer.apply([keras.ops.ones(weight.shape) for weight in weights], weights)
    moved = {weight.path: float(np.abs(before[weight.path] - np.array(weight)).max()) for weight in weights}
    # Nesterov momentum: a first step is 1 + 0.9 times the rate.
    expected = {path: 0.019 if path.startswith("block1") else 0.19 for path in moved}
    assert moved == pytest.approx(expected, rel=1e-3)
    assert {"block1_conv/kernel", "block1_bn/gamma", "block2_conv/kernel", "probabilities/bias"} <= set(moved)
    rates = current_learning_rates(optimizer)
    assert list(rates) == ["learning_rate", *(f"learning_rate_{name}" for name in ("block1", "block2", "head"))]
    assert rates["learning_rate"] == rates["learning_rate_head"] == pytest.approx(10 * rates["learning_rate_block1"])


def test_one_update_is_enough_for_a_schedule():
    assert float(make_optimizer("adam", 0.1, 1, warmup=0.9).learning_rate) == 0.0
    assert float(make_optimizer("adam", 0.1, 1, warmup=0.0).learning_rate) == pytest.approx(0.1)
