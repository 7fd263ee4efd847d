"""F-beta against scikit-learn, for each form that labels and predictions take."""

import keras
import numpy as np
import pytest
from keras import ops
from sklearn.metrics import fbeta_score

from atolye.train.metrics import FBeta

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 3, 60)
LOGITS = (RANDOM.normal(size=(60, 3)) + np.eye(3)[LABELS]).astype("float32")
BINARY = (LABELS > 0).astype("int64")
SIGMOID = np.asarray(ops.sigmoid(LOGITS[:, 1]))


def score(metric, labels, predictions, weights=None):
    for part in (slice(0, 25), slice(25, None)):  # Counts add up over batches.
        metric.update_state(labels[part], predictions[part], None if weights is None else weights[part])
    return np.asarray(metric.result())


@pytest.mark.parametrize("beta", [0.5, 1, 2.0])
@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
@pytest.mark.parametrize("form", ["ids", "column", "one_hot", "logits"])
def test_many_classes(beta, average, form):
    labels = {"column": LABELS[:, None], "one_hot": np.eye(3)[LABELS]}.get(form, LABELS)
    predictions = LOGITS if form == "logits" else np.asarray(ops.softmax(LOGITS))
    expected = fbeta_score(LABELS, LOGITS.argmax(axis=1), beta=beta, average=average)
    received = score(FBeta(average, beta, from_logits=form == "logits"), labels, predictions)
    assert received == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
@pytest.mark.parametrize("threshold", [None, 0.7])
@pytest.mark.parametrize("from_logits", [False, True])
def test_one_sigmoid_output(shape, threshold, from_logits):
    predictions = LOGITS[:, 1] if from_logits else SIGMOID
    expected = fbeta_score(BINARY, SIGMOID > (threshold or 0.5), beta=2.0)
    metric = FBeta(beta=2.0, threshold=threshold, from_logits=from_logits)
    assert score(metric, BINARY, predictions.reshape(shape)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_sample_weights(shape):
    weights = RANDOM.uniform(size=60).astype("float32")
    expected = fbeta_score(LABELS, LOGITS.argmax(axis=1), beta=2.0, average="macro", sample_weight=weights)
    assert score(FBeta(beta=2.0), LABELS, LOGITS, weights.reshape(shape)) == pytest.approx(expected, abs=1e-5)


def test_equal_probabilities_predict_one_class():
    metric = FBeta(None)
    metric.update_state([0, 1], [[0.5, 0.5], [0.5, 0.5]])
    assert np.asarray(metric.result()) == pytest.approx([2 / 3, 0.0], abs=1e-5)


def test_saves_inside_a_model(tmp_path):
    keras.utils.set_random_seed(0)
    layer = keras.layers.Dense(3, activation="softmax", dtype="mixed_bfloat16")
    model = keras.Sequential([keras.Input((3,)), layer])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[FBeta(beta=2.0)])
    model.fit(LOGITS, LABELS, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    expected = model.evaluate(LOGITS, LABELS, verbose=0, return_dict=True)
    assert again.evaluate(LOGITS, LABELS, verbose=0, return_dict=True) == expected
    predicted = model.predict(LOGITS, verbose=0).argmax(axis=1)
    assert expected["f_beta"] == pytest.approx(fbeta_score(LABELS, predicted, beta=2.0, average="macro"), abs=1e-5)


def test_refuses_beta_zero():
    with pytest.raises(ValueError, match="It should be > 0"):
        FBeta(beta=0)
