"""A loss that is no number any more ends the training at once, with words on where and why."""

import math
from typing import Any

import keras

from atolye.doctor import NonFinite, first_non_finite
from atolye.train.callbacks.learning_rate_logger import current_learning_rates


class NonFiniteLossError(ValueError):
    """The loss of a training became NaN or infinite; the message says at which batch and what to try."""


class StopOnNaN(keras.callbacks.Callback):
    """Raise `NonFiniteLossError` at the first batch after which the loss is NaN or infinite.

    Use it in every training: Keras goes on with weights that are lost, and `TerminateOnNaN` stops without a word
    on the cause. One update from a loss that is not finite spoils all weights at once; with `inputs` the model is run
    layer by layer with the weights that the epoch began with, which finds the layer that was the first to break.

    Args:
        inputs: examples to run the model on at the diagnosis, in the structure that it takes; None looks at the
            weights only. Given, they cost one copy of the weights each epoch.

    Raises:
        NonFiniteLossError: naming batch, epoch, the first layer that is not finite, and the fix.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, name="out")])
        >>> model.compile(keras.optimizers.SGD(1.0), "mse")
        >>> x = keras.ops.full((4, 1), float("nan"))
        >>> model.fit(x, x, verbose=0, callbacks=[StopOnNaN()])  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        atolye.train.callbacks.stop_on_nan.NonFiniteLossError: the loss became nan at batch 1 of epoch 1; ...
    """

    def __init__(self, inputs: Any = None) -> None:
        super().__init__()
        self.inputs = inputs

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch = epoch
        self._weights = None if self.inputs is None else self.model.get_weights()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        loss = (logs or {}).get("loss", 0.0)
        if math.isfinite(loss):
            return
        rate = current_learning_rates(self.model.optimizer)["learning_rate"]
        where = self._diagnose() or "all weights are finite"
        raise NonFiniteLossError(
            f"the loss became {loss} at batch {batch + 1} of epoch {self._epoch + 1}; {where}. Look for NaN in the "
            f"inputs and targets, lower the learning rate (now {rate:g}), or clip gradients (global_clipnorm=1.0)."
        )

    def _diagnose(self) -> NonFinite | None:
        found = first_non_finite(self.model, self.inputs)
        if found is None or found.where != "weight" or self._weights is None:
            return found
        broken = self.model.get_weights()
        self.model.set_weights(self._weights)
        try:
            return first_non_finite(self.model, self.inputs) or found
        finally:
            self.model.set_weights(broken)
