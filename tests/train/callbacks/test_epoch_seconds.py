"""Seconds per epoch."""

import time

import keras
import numpy as np

from atolye.train.callbacks import EpochSeconds


class Slow(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        time.sleep(0.02)


def test_the_time_of_each_epoch_is_in_the_history():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((4, 1), "float32")
    logs = model.fit(x, x, batch_size=1, epochs=2, verbose=0, callbacks=[Slow(), EpochSeconds()]).history
    assert len(logs["seconds"]) == 2
    assert min(logs["seconds"]) >= 0.08  # four batches of 0.02 s
