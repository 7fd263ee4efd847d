import numpy as np
import pytest

from atolye.evaluate import calibration


def test_one_bin_by_hand() -> None:
    # Four answers at 0.9, three right: the gap is 0.15 in the only bin that is filled.
    result = calibration([1, 1, 0, 1], [0.9, 0.9, 0.9, 0.9], bins=10)
    assert result["ece"] == pytest.approx(0.15)
    assert result["mce"] == pytest.approx(0.15)
    assert result["bins"]["count"].tolist() == [0] * 8 + [4, 0]
    assert np.isnan(result["bins"]["accuracy"][0])


def test_two_bins_weighted_by_count() -> None:
    # (0.5, 0.75]: 0.6 right and 0.6 wrong, gap 0.1; (0.75, 1]: three at 1.0, all right, gap 0.
    probabilities = [0.6, 0.6, 1.0, 1.0, 1.0]
    result = calibration([1, 0, 1, 1, 1], probabilities, bins=4)
    assert result["ece"] == pytest.approx(0.1 * 2 / 5)
    assert result["mce"] == pytest.approx(0.1)


def test_edges_belong_to_the_bin_below() -> None:
    table = calibration([0], [[0.5, 0.5]], bins=2)["bins"]
    assert table["count"].tolist() == [1, 0]


def test_equals_a_direct_sum() -> None:
    generator = np.random.default_rng(0)
    targets = np.arange(400) % 5
    probabilities = generator.dirichlet(np.full(5, 0.3), 400)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    expected = 0.0
    for low in np.arange(15) / 15:
        inside = (confidence > low) & (confidence <= low + 1 / 15)
        if inside.any():
            expected += abs(right[inside].mean() - confidence[inside].mean()) * inside.mean()
    assert calibration(targets, probabilities)["ece"] == pytest.approx(expected)


def test_bins_below_one() -> None:
    with pytest.raises(ValueError, match="Received bins=0; expected 1 or more"):
        calibration([0], [0.5], bins=0)
