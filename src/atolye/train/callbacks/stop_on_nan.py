"""A loss that is no number any more ends the training at once, with words on where and why."""

import math

import keras
import numpy as np

from atolye.train.callbacks.learning_rate_logger import current_learning_rates


class NonFiniteLossError(ValueError):
    """The loss of a training became NaN or infinite; the message says at which batch and what to try."""


class StopOnNaN(keras.callbacks.Callback):
    """Raise `NonFiniteLossError` at the first batch after which the loss is NaN or infinite.

    Use it in every training: Keras goes on with weights that are lost, and `TerminateOnNaN` stops without a word
    on the cause.

    Raises:
        NonFiniteLossError: naming batch, epoch, the first layer whose weights are not finite, and the fix.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, name="out")])
        >>> model.compile(keras.optimizers.SGD(1.0), "mse")
        >>> x = np.full((4, 1), np.nan, "float32")
        >>> model.fit(x, x, verbose=0, callbacks=[StopOnNaN()])  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        atolye.train.callbacks.stop_on_nan.NonFiniteLossError: the loss became nan at batch 1 of epoch 1 ...
    """

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        loss = (logs or {}).get("loss", 0.0)
        if math.isfinite(loss):
            return
        rate = current_learning_rates(self.model.optimizer)["learning_rate"]
        layer = _first_broken_layer(self.model)
        where = f"the weights of layer {layer!r} are the first not to be finite" if layer else "all weights are finite"
        raise NonFiniteLossError(
            f"the loss became {loss} at batch {batch + 1} of epoch {self._epoch + 1}; {where}. Look for NaN in the "
            f"inputs and targets, lower the learning rate (now {rate:g}), or clip gradients (global_clipnorm=1.0)."
        )


def _first_broken_layer(model: keras.Model) -> str | None:
    for weight in model.weights:  # in the order of the forward pass
        if not np.isfinite(np.asarray(weight.numpy(), "float32")).all():
            return weight.path.rsplit("/", 1)[0]
    return None
