"""Regression targets: mean 0 and deviation 1 for the network, the data's unit outside."""

import keras
import numpy as np

from atolye.data import Dataset, Split
from atolye.train.target_scale import TargetScale


def dataset(task, targets):
    part = Split(np.zeros((len(targets), 1), "float32"), np.array(targets), np.arange(len(targets)).astype(str))
    names = () if task == "regression" else ("a", "b")
    return Dataset("toy", "image", task, part, part, part, names, None, "by hand")


def test_mean_and_deviation_by_hand():
    scale = TargetScale.of(dataset("regression", [1.0, 3.0]))
    assert scale == TargetScale(2.0, 1.0)
    encoded = TargetScale(2.0, 4.0).encode(dataset("regression", [10.0, -2.0]).train)
    np.testing.assert_array_equal(encoded.targets, [2.0, -1.0])


def test_the_model_answers_in_the_datas_unit():
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="ones")(inputs))
    decoded = TargetScale(100.0, 10.0).decode(model)
    assert decoded.predict(np.array([[0.5]], "float32"), verbose=0)[0, 0] == 105.0


def test_constant_targets_do_not_divide_by_zero():
    assert TargetScale.of(dataset("regression", [5.0, 5.0])) == TargetScale(5.0, 1.0)


def test_classes_are_left_alone():
    data = dataset("classification", [0, 1])
    assert TargetScale.of(data).encode(data.train) is data.train
