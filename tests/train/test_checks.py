"""The checks before the first epoch raise, in one line, what the rules find."""

import keras
import numpy as np
import pytest

from atolye.train.checks import check_training


def build(loss="sparse_categorical_crossentropy", rate=0.1, activation="softmax"):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation, name="out")])
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["accuracy"])
    return model


class Own(keras.callbacks.Callback):
    """A callback of the user's, which may log anything."""


CALLBACKS = keras.callbacks


def test_fine():
    callbacks = [
        CALLBACKS.EarlyStopping("val_accuracy"),
        CALLBACKS.ModelCheckpoint("model.keras"),  # Saves each epoch: its monitor is not looked at.
        CALLBACKS.ReduceLROnPlateau("loss"),
        CALLBACKS.EarlyStopping("learning_rate"),
    ]
    assert check_training(build(), callbacks, validation=True, targets=np.array([0, 2])) == []


@pytest.mark.parametrize(
    ("model", "callbacks", "targets", "text"),
    [
        (
            build(),
            [CALLBACKS.EarlyStopping("val_acc")],
            None,
            r"Received monitor 'val_acc'.*Did you mean 'val_accuracy'",
        ),
        (build(), [CALLBACKS.EarlyStopping("val_acc"), Own()], None, r"Received monitor 'val_acc'"),
        (build(), [CALLBACKS.ModelCheckpoint("m.keras", "val_auc", save_best_only=True)], None, r"monitor 'val_auc'"),
        (
            build(rate=keras.optimizers.schedules.CosineDecay(0.1, 9)),
            [CALLBACKS.ReduceLROnPlateau()],
            None,
            r"Received ReduceLROnPlateau beside the schedule CosineDecay",
        ),
        (build(activation=None), [], None, r"Received activation 'linear' and a loss of probabilities in output 'out'"),
        (build(), [], np.array([3]), r"Received class ids from 3 to 3 for the 3 units of output 'out'"),
        (build(rate=keras.optimizers.schedules.CosineDecay(1, 9)), [], None, r"Received the integer"),
        (build(loss={"main": "mse"}), [], None, r"Received a loss for 'main'; the model's outputs are out"),
    ],
)
def test_refuses(model, callbacks, targets, text):
    with pytest.raises(ValueError, match=text):
        check_training(model, callbacks, validation=True, targets=targets)


def test_a_name_that_another_callback_may_log_is_a_warning():
    findings = check_training(build(), [CALLBACKS.EarlyStopping("my_score"), Own()], validation=True)
    assert [finding.level for finding in findings] == ["warning"]


def test_own_training_step_may_log_anything():
    class Model(keras.Sequential):
        def train_step(self, data):
            return super().train_step(data) | {"score": 1.0}

    model = Model([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    assert check_training(model, [CALLBACKS.EarlyStopping("score")]) == []
