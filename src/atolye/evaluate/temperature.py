"""One number that makes a classifier's confidence fit how often it is right; and Brier's score."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from atolye.evaluate.probabilities import checked_probabilities

LIMITS = (0.02, 50.0)  # temperatures outside say that something else is wrong
SMALLEST = 1e-38  # of float32's probabilities above 0


def brier_score(targets: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean squared distance of the probabilities from the truth, summed over classes: 0 is best, 2 worst.

    Reference: Brier (1950), Verification of Forecasts Expressed in Terms of Probability

    Args:
        targets: class ids, shape `(n,)`.
        probabilities: shape `(n, classes)`; a vector is the probability of class 1.

    Example:
        >>> round(brier_score([1, 0], [[0.5, 0.5], [1.0, 0.0]]), 4)
        0.25
    """
    ids, values = checked_probabilities(targets, probabilities)
    truth = np.eye(values.shape[1])[ids]
    return float(((values - truth) ** 2).sum(axis=1).mean())


def fit_temperature(targets: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the temperature that the logits should be divided by: the one with the least log loss.

    Above 1 the classifier is too sure, below 1 not sure enough. The answers stay the same, only their confidence moves.
    Fit it on examples that the model was not trained on.

    Reference: Guo et al. (2017), https://arxiv.org/abs/1706.04599

    Args:
        targets: class ids, shape `(n,)`.
        probabilities: shape `(n, classes)`; a vector is the probability of class 1.

    Returns:
        A number from 0.02 to 50.

    Raises:
        ValueError: when the shapes disagree or a value is no probability.

    Example:
        >>> targets, sure = [0] * 3 + [1], np.repeat([[0.99, 0.01]], 4, axis=0)  # right 3 times of 4
        >>> tempered_probabilities(sure, fit_temperature(targets, sure))[0].round(3).tolist()
        [0.75, 0.25]
    """
    ids, values = checked_probabilities(targets, probabilities)
    logs = np.log(np.maximum(values, SMALLEST))
    rows = np.arange(len(ids))

    def log_loss(log_temperature: float) -> float:
        return float(-log_softmax(logs / np.exp(log_temperature), axis=1)[rows, ids].mean())

    found = minimize_scalar(log_loss, bounds=tuple(np.log(LIMITS)), method="bounded", options={"xatol": 1e-5})
    return float(np.exp(found.x))


def tempered_probabilities(probabilities: ArrayLike, temperature: float) -> NDArray[np.float64]:
    """Return probabilities of shape `(n, classes)` as they are after dividing the logits by `temperature`.

    Example:
        >>> tempered_probabilities([[0.8, 0.2]], 2.0).round(4).tolist()
        [[0.6667, 0.3333]]
    """
    logs = np.log(np.maximum(np.asarray(probabilities, np.float64), SMALLEST))
    return np.exp(log_softmax(logs / temperature, axis=-1))
