import numpy as np
import pytest
from keras import ops
from scipy import stats

from atolye.augment import CutMix, MixUp

IMAGES = np.zeros((4, 6, 6, 3), "uint8")
IDS = np.array([0, 2, 1, 2])


def soft(technique, labels):
    return technique.augment(IMAGES, labels, generator=np.random.default_rng(0))[1]


@pytest.mark.parametrize("kind", [MixUp, CutMix])
def test_ids_columns_and_rows_are_the_same_labels(kind):
    rows = soft(kind(3, alpha=1), IDS)
    assert rows.shape == (4, 3) and rows.dtype == np.float32
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-6)
    for other in (IDS[:, None], IDS.astype("uint8"), np.eye(3)[IDS], np.eye(3, dtype="int64")[IDS]):
        assert np.array_equal(soft(kind(3, alpha=1), other), rows)


@pytest.mark.parametrize("kind", [MixUp, CutMix])
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "received images without labels; expected both, since it mixes both. Pass .images, labels..$"),
        (
            np.array([0.5, 1, 2, 3]),
            "received labels of type float64 and shape .4,.; .* of a regression cannot be mixed",
        ),
        (np.zeros((4, 5)), r"received labels of type float64 and shape \(4, 5\); expected integer class ids"),
        (
            np.array([0, 1, 2, 3]),
            "received class ids from 0 to 3 for num_classes=3; expected 0 to 2. Raise num_classes",
        ),
        (np.array([0, 1]), "received 2 labels for 4 images; expected one each"),
    ],
)
def test_labels_that_cannot_be_mixed(kind, labels, message):
    with pytest.raises(ValueError, match=f"^{kind.__name__} {message}"):
        soft(kind(3), labels)


def test_tensors_are_refused_alike():
    with pytest.raises(ValueError, match="Values of a regression cannot be mixed"):
        MixUp(3)((IMAGES, ops.convert_to_tensor([0.5, 1.0, 2.0, 3.0])), training=True)
    with pytest.raises(ValueError, match="CutMix received images without labels"):
        CutMix(3)(IMAGES, training=True)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_shares_follow_the_beta_distribution(alpha):
    technique = MixUp(2, alpha=alpha)
    draws = np.random.default_rng(0).random((20_000, 2), dtype=np.float32)
    labels = np.tile([0, 1], 10_000)  # neighbours differ, so that the label tells the share
    _, rows = technique.on_arrays(np.zeros((20_000, 1, 1, 1), "uint8"), labels, draws, 0)
    shares = rows[np.arange(20_000), labels]
    assert stats.kstest(shares, "beta", args=(alpha, alpha)).statistic < (0.02 if alpha >= 1 else 0.25)
    assert np.quantile(shares, [0.25, 0.5, 0.75]) == pytest.approx(
        stats.beta(alpha, alpha).ppf([0.25, 0.5, 0.75]), abs=0.02
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 1}, "^Received num_classes=1; expected 2 or more"),
        ({"num_classes": 3, "alpha": 0}, r"^Received alpha=0; expected a number above 0\."),
        ({"num_classes": 3, "alpha": -0.2}, "expected a number above 0"),
    ],
)
@pytest.mark.parametrize("kind", [MixUp, CutMix])
def test_wrong_numbers(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        kind(**arguments)
