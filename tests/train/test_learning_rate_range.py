"""Suggestions on curves whose shape is known, and the answer "cannot tell"."""

import numpy as np
import pytest

from atolye.train.learning_rate_range import LearningRateRange, smooth

RATES = np.geomspace(1e-6, 1.0, 61)  # Ten to a decade.
DECADES = np.log10(RATES)


def found(losses, *, noise=0.0, diverged=False, beta=0.0):
    losses = np.asarray(losses) + noise * np.random.default_rng(0).normal(size=len(losses))
    return LearningRateRange(RATES[: len(losses)], losses, smooth(losses, beta), diverged)


def step_down(low=1.0, high=2.0, rise_from=-1.0):
    """Fall from `high` to `low` around 1e-3, as a logistic curve, and rise steeply from 10^rise_from."""
    fall = high - (high - low) / (1 + np.exp(-(DECADES + 3) * 6))
    return fall + 20 * np.maximum(0, DECADES - rise_from) ** 2


def test_suggestions_on_a_known_curve():
    result = found(step_down())
    assert result.verdict == "ok"
    assert result.steepest == pytest.approx(1e-3)
    assert result.valley == pytest.approx(1e-3, rel=0.3)
    assert result.minimum == pytest.approx(1e-2)
    assert result.recommended == result.minimum


def test_steepest_is_not_a_chance_drop_at_the_start():
    losses = 2 - 1 / (1 + np.exp(-(DECADES + 3) * 1.5))  # A slow fall, after a first loss that is high by chance.
    losses[0] += 0.08
    assert found(losses).steepest == pytest.approx(1e-3, rel=0.3)


def test_suggestions_survive_noise():
    result = found(step_down(), noise=0.1, beta=0.8)
    assert result.verdict == "ok"
    assert all(3e-4 < rate < 3e-2 for rate in result.suggestions.values())


def test_no_minimum_where_the_loss_still_falls():
    result = found(2 - 0.1 * (DECADES + 6) ** 1.2)
    assert result.verdict == "ok"
    assert result.minimum is None
    assert result.recommended == max(result.steepest, result.valley)


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.3])
def test_cannot_tell_on_a_flat_curve(noise):
    result = found(np.full(61, 2.3), noise=noise, beta=0.9)
    assert result.verdict == "cannot tell"
    assert result.suggestions == {"minimum": None, "steepest": None, "valley": None}
    assert result.recommended is None
    assert "had to fall by more than" in result.reason


def test_cannot_tell_when_the_loss_only_rises():
    assert found(1 + np.maximum(0, DECADES + 3)).verdict == "cannot tell"


@pytest.mark.parametrize("count", [0, 9])
def test_cannot_tell_from_few_points(count):
    result = found(np.linspace(2, 1, count), diverged=True)
    assert result.reason == f"only {count} losses before the loss blew up; begin at a lower learning rate"
    assert result.minimum is None


def test_smoothing_has_no_lag():
    """A moving average that runs forwards only puts the lowest point of a symmetric valley too far right."""
    losses = (DECADES + 3) ** 2
    assert np.argmin(smooth(losses, 0.9)) == np.argmin(losses)
    assert smooth(losses, 0.0) == pytest.approx(losses)


@pytest.mark.parametrize("losses", [step_down(), [1.0, 1.0], []])
def test_figure(losses):
    axes = found(losses).figure().axes[0]
    assert axes.get_xscale() == "log"
    assert len(axes.lines) == (5 if len(losses) == 61 else 2)
