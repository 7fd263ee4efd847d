import numpy as np
import pytest
from sklearn import metrics as oracle

from atolye.evaluate import metrics, regression_metrics


def random_case(seed: int, examples: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    targets = np.arange(examples) % classes
    probabilities = generator.dirichlet(np.ones(classes), examples)
    return targets, probabilities


def test_binary_by_hand() -> None:
    # Right: 0.2 -> 0, 0.9 -> 1, 0.1 -> 0; wrong: 0.4 -> 0 though it is 1.
    result = metrics([0, 1, 1, 0], [0.2, 0.9, 0.4, 0.1])
    assert result["accuracy"] == 0.75
    assert result["balanced_accuracy"] == 0.75
    assert result["auc"] == 1.0
    assert result["log_loss"] == pytest.approx(-np.mean(np.log([0.8, 0.9, 0.4, 0.9])))
    assert result["macro_f1"] == pytest.approx((4 / 5 + 2 / 3) / 2)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_equals_scikit_learn(classes: int) -> None:
    targets, probabilities = random_case(1, 200, classes)
    result = metrics(targets, probabilities)
    predictions = probabilities.argmax(axis=1)
    assert result["accuracy"] == pytest.approx(oracle.accuracy_score(targets, predictions))
    assert result["balanced_accuracy"] == pytest.approx(oracle.balanced_accuracy_score(targets, predictions))
    assert result["log_loss"] == pytest.approx(oracle.log_loss(targets, probabilities))
    assert result["macro_f1"] == pytest.approx(oracle.f1_score(targets, predictions, average="macro"))
    scores = probabilities[:, 1] if classes == 2 else probabilities
    assert result["auc"] == pytest.approx(oracle.roc_auc_score(targets, scores, multi_class="ovr"))


def test_a_class_absent_from_the_split_is_left_out() -> None:
    targets = np.array([0, 0, 1, 1])
    probabilities = np.array([[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1]])
    result = metrics(targets, probabilities)
    assert result["balanced_accuracy"] == 0.75
    assert result["macro_f1"] == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert result["auc"] == 1.0


def test_one_class_only_has_no_auc() -> None:
    result = metrics([1, 1], [0.9, 0.8])
    assert np.isnan(result["auc"])
    assert result["accuracy"] == 1.0


def test_a_probability_of_zero_is_a_finite_loss() -> None:
    assert metrics([0, 1], [[0.0, 1.0], [0.0, 1.0]])["log_loss"] == pytest.approx(-np.log(2.0**-52) / 2)


@pytest.mark.parametrize(
    ("targets", "probabilities", "message"),
    [
        ([], [], "Received 0 targets and 0 rows"),
        ([0, 1], [[0.5, 0.5]], "Received 2 targets and 1 rows"),
        ([2], [[0.5, 0.5]], r"expected ids in \[0, 2\)"),
        ([1], [3.2], "apply softmax or sigmoid"),
        ([1], [np.nan], "apply softmax or sigmoid"),
    ],
)
def test_bad_input_is_named(targets: list, probabilities: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metrics(targets, probabilities)


def test_regression_by_hand_and_scikit_learn() -> None:
    true, guess = [1.0, 2.0, 3.0], [1.0, 2.0, 5.0]
    result = regression_metrics(true, guess)
    assert result["mae"] == pytest.approx(2 / 3)
    assert result["rmse"] == pytest.approx(np.sqrt(4 / 3))
    assert result["r2"] == pytest.approx(oracle.r2_score(true, guess)) == pytest.approx(-1.0)


def test_regression_of_a_constant_has_no_r2() -> None:
    assert np.isnan(regression_metrics([2.0, 2.0], [2.0, 1.0])["r2"])


def test_regression_refuses_what_is_not_finite() -> None:
    with pytest.raises(ValueError, match="not finite; look for a loss that diverged"):
        regression_metrics([1.0], [np.inf])
    with pytest.raises(ValueError, match="Received 1 targets and 2 predictions"):
        regression_metrics([1.0], [1.0, 2.0])
