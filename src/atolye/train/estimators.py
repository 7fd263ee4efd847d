"""Networks as scikit-learn estimators: for a Pipeline, a ColumnTransformer, cross_val_score or GridSearchCV.

Why not a subclass of `keras.wrappers.SKLearnClassifier` (Keras 3.15): its `__sklearn_clone__` keeps only the
arguments `model`, `warm_start` and `model_kwargs`, so a clone (every fold of `cross_val_score`) would lose
its epochs and its seed; it one-hot encodes binary targets, which does not fit one sigmoid unit; it has no
`predict_proba`; and `predict` prints a progress bar. Every method would have to be overridden.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import keras
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from atolye.models import mlp
from atolye.train.create_variables import create_variables

_REGISTER = 16  # float32 numbers in a register of AVX-512, the widest
_PREDICT_ROWS = 8192  # rows in one forward pass; bounds memory, and is faster than `predict` on small networks


class _Estimator(BaseEstimator, ABC):
    """What the classifier and the regressor share: settings, seeded fitting with early stopping, raw
    outputs."""

    def __init__(
        self,
        hidden_units: Sequence[int] = (256, 128),
        *,
        dropout: float | Sequence[float] = 0.3,
        epochs: int = 100,
        batch_size: int = 32,
        learning_rate: float = 1e-3,
        validation_fraction: float = 0.1,
        patience: int = 10,
        network: Callable[..., keras.Model] = mlp,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden_units = hidden_units
        self.dropout = dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.network = network
        self.random_state = random_state

    @abstractmethod
    def predict(self, X: Any) -> np.ndarray:
        """Return one prediction for each row of `X`."""

    def _fit_network(
        self, X: np.ndarray, targets: np.ndarray, strata: np.ndarray, *, num_classes: int, task: str, loss: str
    ) -> None:
        self._check_settings()
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        held_out = _held_out(strata, self.validation_fraction, np.random.default_rng(seed))
        callbacks: list[keras.callbacks.Callback] = []
        validation = None
        if held_out.any():
            validation = (X[held_out], targets[held_out])
            callbacks.append(keras.callbacks.EarlyStopping(patience=self.patience, restore_best_weights=True))
        with _seeded(seed):
            model = self.network(
                (X.shape[1],), num_classes, hidden_units=tuple(self.hidden_units), dropout=self.dropout, task=task
            )
            model.compile(optimizer=keras.optimizers.Adam(self.learning_rate), loss=loss)
            create_variables(model, X[:1], targets[:1])
            history = model.fit(
                X[~held_out],
                targets[~held_out],
                validation_data=validation,
                epochs=self.epochs,
                batch_size=self.batch_size,
                callbacks=callbacks,
                verbose=0,
            )
        self.model_ = model
        self.history_ = history.history

    def _outputs(self, X: Any) -> np.ndarray:
        """Return the network's outputs for `X` as float64 of shape `(num_examples, num_outputs)`."""
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float32, reset=False)
        # The last rows, where they do not fill a register, may be computed by other instructions and rounded otherwise:
        # an example's answer would depend on its place.
        missing = -len(rows) % _REGISTER
        chunks = []
        for start in range(0, len(rows), _PREDICT_ROWS):
            chunk = rows[start : start + _PREDICT_ROWS]
            if missing and start + _PREDICT_ROWS >= len(rows):
                chunk = np.concatenate([chunk, np.repeat(chunk[-1:], missing, axis=0)])
            chunks.append(keras.ops.convert_to_numpy(self.model_(chunk, training=False)))
        return np.concatenate(chunks)[: len(rows)].astype(np.float64)

    def _check_settings(self) -> None:
        for name in ("epochs", "batch_size", "patience"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; received {getattr(self, name)}.")
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate must be above 0; received {self.learning_rate}.")
        if not 0 <= self.validation_fraction < 1:
            raise ValueError(
                f"validation_fraction must be in [0, 1); received {self.validation_fraction}. "
                "Pass 0 to train on all examples without early stopping."
            )


class AtolyeClassifier(ClassifierMixin, _Estimator):
    """A classification network with scikit-learn's interface: `fit`, `predict`, `predict_proba`, `score`.

    Use it where scikit-learn composes estimators. Scale the features first (`StandardScaler` in a Pipeline):
    the network does not. Two classes give one sigmoid unit, more give a softmax; labels may be strings. A
    part of the training rows, drawn evenly over the classes, decides when to stop, and the best weights are
    kept.

    Args:
        hidden_units: units of each hidden layer.
        dropout: share of units dropped while training, in [0, 1): one for all hidden layers, or one each.
        epochs: passes over the training rows at most.
        batch_size: rows a step.
        learning_rate: step size of Adam.
        validation_fraction: share of the rows held out for early stopping, in [0, 1); 0 trains all epochs on
            all rows.
        patience: epochs without a better validation loss before training stops.
        network: builds the network: called as `network(input_shape, num_classes, hidden_units=...,
            dropout=...)`.
        random_state: seed of the held-out rows, initial weights, dropout and order; the same seed gives the
            same model.

    Attributes:
        classes_: the labels, sorted, in the order of the columns of `predict_proba`.
        model_: the fitted `keras.Model`.
        history_: loss and validation loss of each epoch.

    Example:
        >>> from sklearn.datasets import load_breast_cancer
        >>> from sklearn.pipeline import make_pipeline
        >>> from sklearn.preprocessing import StandardScaler
        >>> X, y = load_breast_cancer(return_X_y=True)
        >>> model = make_pipeline(StandardScaler(), AtolyeClassifier((16,), epochs=5, random_state=0))
        >>> model.fit(X, y).predict_proba(X[:3]).shape
        (3, 2)
    """

    classes_: np.ndarray

    def fit(self, X: Any, y: Any) -> Self:
        """Fit a new network to rows `X` of shape `(num_examples, num_features)` and labels `y`; return self.

        Raises:
            ValueError: when `y` has one class only, a setting is out of range, or too few rows can be held
                out.
        """
        X, y = validate_data(self, X, y, dtype=np.float32)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y must hold at least 2 classes; received 1 class, {str(self.classes_[0])!r}.")
        binary = len(self.classes_) == 2
        loss = "binary_crossentropy" if binary else "sparse_categorical_crossentropy"
        targets = codes.astype(np.float32).reshape(-1, 1) if binary else codes
        self._fit_network(X, targets, codes, num_classes=len(self.classes_), task="classification", loss=loss)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return class probabilities of shape `(num_examples, num_classes)`, in the order of `classes_`."""
        outputs = self._outputs(X)
        if outputs.shape[1] == 1:
            return np.hstack([1 - outputs, outputs])
        return outputs / outputs.sum(axis=1, keepdims=True)  # float32 softmax sums to 1 within 1e-7 only

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable label of each row."""
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]


class AtolyeRegressor(RegressorMixin, _Estimator):
    """A regression network with scikit-learn's interface: `fit`, `predict`, `score` (R²).

    Use it where scikit-learn composes estimators. Scale the features first (`StandardScaler` in a Pipeline);
    the target is standardised inside, so that the learning rate does not depend on its unit. Held-out rows
    decide when to stop, and the best weights are kept.

    Args:
        hidden_units: units of each hidden layer.
        dropout: share of units dropped while training, in [0, 1): one for all hidden layers, or one each. 0
            unless asked for: dropping units moves the spread of the outputs, which hurts regression more
            than it helps.
        epochs: passes over the training rows at most.
        batch_size: rows a step.
        learning_rate: step size of Adam.
        validation_fraction: share of the rows held out for early stopping, in [0, 1); 0 trains all epochs on
            all rows.
        patience: epochs without a better validation loss before training stops.
        network: builds the network: called as `network(input_shape, num_classes, hidden_units=...,
            dropout=...)`.
        random_state: seed of the held-out rows, initial weights, dropout and order; the same seed gives the
            same model.

    Attributes:
        model_: the fitted `keras.Model`; it predicts the standardised target.
        history_: loss and validation loss of each epoch.

    Example:
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True)
        >>> AtolyeRegressor((16,), epochs=5, random_state=0).fit(X, y).predict(X[:3]).shape
        (3,)
    """

    def __init__(
        self,
        hidden_units: Sequence[int] = (256, 128),
        *,
        dropout: float | Sequence[float] = 0.0,
        epochs: int = 100,
        batch_size: int = 32,
        learning_rate: float = 1e-3,
        validation_fraction: float = 0.1,
        patience: int = 10,
        network: Callable[..., keras.Model] = mlp,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            hidden_units,
            dropout=dropout,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            validation_fraction=validation_fraction,
            patience=patience,
            network=network,
            random_state=random_state,
        )

    def fit(self, X: Any, y: Any) -> Self:
        """Fit a new network to rows `X` of shape `(num_examples, num_features)` and numbers `y`; return self.

        Raises:
            ValueError: when a setting is out of range or too few rows can be held out.
        """
        X, y = validate_data(self, X, y, dtype=np.float32, y_numeric=True)
        y = column_or_1d(y, warn=True).astype(np.float64)
        self._mean, self._scale = y.mean(), y.std() or 1.0
        targets = ((y - self._mean) / self._scale).astype(np.float32).reshape(-1, 1)
        self._fit_network(
            X, targets, np.zeros(len(y), int), num_classes=1, task="regression", loss="mean_squared_error"
        )
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the predicted number of each row."""
        return self._outputs(X)[:, 0] * self._scale + self._mean


def _held_out(strata: np.ndarray, fraction: float, generator: np.random.Generator) -> np.ndarray:
    """Mark `fraction` of each stratum, at least one row where it has two or more; a lone row stays in
    training."""
    held_out = np.zeros(len(strata), bool)
    if fraction == 0:
        return held_out
    for stratum in np.unique(strata):
        rows = generator.permutation(np.flatnonzero(strata == stratum))
        count = min(max(1, round(fraction * len(rows))), len(rows) - 1)
        held_out[rows[:count]] = True
    if not held_out.any():
        raise ValueError(
            f"validation_fraction={fraction} leaves no row to hold out: n_samples = {len(strata)} with at "
            "most one row per class. Pass more rows, or validation_fraction=0 to train without early stopping."
        )
    return held_out


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed Keras for the block; give Python's and NumPy's global random states back afterwards."""
    python_state, numpy_state = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
