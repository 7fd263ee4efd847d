import keras
import numpy as np

from atolye.train.metrics import soft_binary_accuracy


def test_it_is_keras_binary_accuracy_on_hard_targets_and_takes_shares():
    random = np.random.default_rng(0)
    hard, predicted = random.integers(0, 2, 50), random.random((50, 1)).astype("float32")
    mine = keras.metrics.MeanMetricWrapper(soft_binary_accuracy, name="accuracy")
    theirs = keras.metrics.BinaryAccuracy()
    assert float(mine(hard, predicted)) == float(theirs(hard[:, None], predicted))
    shares = np.abs(hard - 0.3)[:, None]
    mine.reset_state()
    assert float(mine(shares, predicted)) == float(theirs.result())
    again = keras.metrics.deserialize(keras.metrics.serialize(mine))
    assert float(again(shares, predicted)) == float(theirs.result())
