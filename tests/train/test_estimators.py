"""The scikit-learn estimators: scikit-learn's own checks, and what a user composes them with."""

import pickle
import types

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from atolye.train.estimators import AtolyeClassifier, AtolyeRegressor

# One step a fit: the checks fit more than a hundred times, and nearly all look at the interface, not at the score.
TINY = {"epochs": 1, "batch_size": 512, "learning_rate": 0.1, "validation_fraction": 0.0, "random_state": 0}
SCORED = {"check_classifiers_train", "check_regressors_train", "check_classifiers_classes"}


@keras.saving.register_keras_serializable(package="atolye_tests")
class Stepped(keras.Sequential):
    """A network that takes its steps one by one: `fit` itself would spend a second per model on graphs and queues."""

    def compile(self, **arguments):
        super().compile(**arguments, run_eagerly=True)

    def fit(self, x, y, *, epochs, **_):
        losses = [float(self.train_on_batch(x, y)) for _ in range(epochs)]
        return types.SimpleNamespace(history={"loss": losses})


class Small:
    """The smallest network with the contract of `network`; its name does not change from process to process."""

    def __call__(self, input_shape, num_classes, *, hidden_units, dropout, task):
        units, activation = (1, None) if task == "regression" else (1, "sigmoid")
        if num_classes > 2:
            units, activation = num_classes, "softmax"
        hidden = keras.layers.Dense(hidden_units[0], activation="relu")
        return Stepped([keras.Input(input_shape), hidden, keras.layers.Dense(units, activation=activation)])

    def __repr__(self):
        return "small"

    def __deepcopy__(self, memo):
        return self


small = Small()


@parametrize_with_checks(
    [
        AtolyeClassifier((16,), network=small, **TINY),
        AtolyeRegressor((16,), network=small, **TINY),
    ],
)
def test_scikit_learn_contract(estimator, check):
    if check.func.__name__ in SCORED:
        estimator.set_params(epochs=15, validation_fraction=0.1)
    check(estimator)


@pytest.fixture(scope="module")
def flowers():
    x, y = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(x), np.array(["setosa", "versicolor", "virginica"])[y]


@pytest.fixture(scope="module")
def fitted(flowers):
    """The default network, trained through `fit`, on string classes."""
    network = AtolyeClassifier((16,), epochs=30, batch_size=16, learning_rate=0.01, random_state=0)
    return network.fit(*flowers)


def test_several_string_classes(flowers, fitted, capsys):
    x, y = flowers
    probabilities = fitted.predict_proba(x)
    assert fitted.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert probabilities.shape == (150, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_array_equal(fitted.predict(x), fitted.classes_[probabilities.argmax(axis=1)])
    assert fitted.score(x, y) > 0.9
    assert capsys.readouterr() == ("", "")


def test_the_best_epoch_is_kept(flowers, fitted):
    x, y = flowers
    losses = fitted.history_["val_loss"]
    assert len(losses) <= 30 and "loss" in fitted.history_
    best = AtolyeClassifier(
        (16,), epochs=int(np.argmin(losses)) + 1, batch_size=16, learning_rate=0.01, patience=99, random_state=0
    )
    np.testing.assert_allclose(best.fit(x, y).predict_proba(x), fitted.predict_proba(x), atol=1e-6)


def test_a_pickle_predicts_the_same(flowers, fitted):
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.predict_proba(flowers[0]), fitted.predict_proba(flowers[0]))


def test_a_clone_keeps_every_setting_and_no_weights(fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "model_")


def test_global_random_states_are_left_alone(flowers):
    np.random.seed(7)
    expected = np.random.random(3)
    np.random.seed(7)
    AtolyeClassifier((4,), network=small, **TINY).fit(*flowers)
    np.testing.assert_array_equal(np.random.random(3), expected)


def test_pipeline_with_column_transformer_and_cross_validation():
    bunch = load_breast_cancer(as_frame=True)
    frame = bunch.data[["mean radius", "mean concavity", "worst perimeter"]].assign(
        size=pd.cut(bunch.data["mean area"], [0, 450, 700, 9999], labels=["small", "medium", "large"])
    )
    encode = ColumnTransformer(
        [("size", OneHotEncoder(), ["size"])], remainder=StandardScaler(), verbose_feature_names_out=False
    )
    network = AtolyeClassifier((16,), network=small, **(TINY | {"epochs": 20}))
    labels = bunch.target_names[bunch.target]
    scores = cross_val_score(
        make_pipeline(encode, network), frame, labels, cv=3, scoring="roc_auc", error_score="raise"
    )
    assert scores.min() > 0.95


def test_grid_search_chooses(flowers):
    grid = GridSearchCV(AtolyeClassifier((16,), network=small, **TINY), {"epochs": [1, 25]}, cv=2, error_score="raise")
    assert grid.fit(*flowers).best_params_ == {"epochs": 25}


def test_regression_does_not_depend_on_the_unit_of_the_target():
    x, y = load_diabetes(return_X_y=True, scaled=False)
    x = StandardScaler().fit_transform(x)
    settings = TINY | {"epochs": 60, "network": small}
    network = AtolyeRegressor((16,), **settings).fit(x, y)
    assert network.score(x, y) > 0.4
    scaled = AtolyeRegressor((16,), **settings).fit(x, 1e6 * y + 5e8)
    np.testing.assert_allclose(scaled.predict(x[:5]), 1e6 * network.predict(x[:5]) + 5e8, rtol=1e-3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs must be at least 1; received 0"),
        ({"patience": 0}, "patience must be at least 1; received 0"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0; received 0.0"),
        ({"validation_fraction": 1.0}, r"validation_fraction must be in \[0, 1\); received 1.0. Pass 0"),
    ],
)
def test_settings_out_of_range(flowers, settings, message):
    with pytest.raises(ValueError, match=message):
        AtolyeClassifier(**settings).fit(*flowers)


def test_one_class_and_too_few_rows_are_refused():
    with pytest.raises(ValueError, match="at least 2 classes; received 1 class, 'a'"):
        AtolyeClassifier().fit(np.eye(3), ["a", "a", "a"])
    with pytest.raises(ValueError, match="leaves no row to hold out: n_samples = 3.*validation_fraction=0"):
        AtolyeClassifier().fit(np.eye(3), ["a", "b", "c"])
