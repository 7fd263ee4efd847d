"""How long each epoch took, in the history."""

import time

import keras


class EpochSeconds(keras.callbacks.Callback):
    """Add `seconds`, the wall-clock time of the epoch with its validation, to the logs and so to the history.

    Use it to see what an epoch costs; the first one holds tracing and warm-up.

    Example:
        >>> import numpy as np
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
        >>> history = model.fit(x, y, epochs=2, verbose=0, callbacks=[EpochSeconds()])
        >>> len(history.history["seconds"])
        2
    """

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if logs is not None:
            logs["seconds"] = time.perf_counter() - self._start
