"""The loss of every training example, as it was when the model last saw it."""

import copy
from typing import Any

import keras
from keras import ops

from atolye.data.pruning import DataPruning


class ExampleLosses(keras.callbacks.Callback):
    """Record each example's loss during an epoch, without a second look at it, for `atolye.data.DataPruning`.

    Use it with `batches(..., pruning=pruning)` in the same `fit`: the losses come in the order of the examples. Weights
    of classes and examples do not enter them, nor do penalties on the weights.

    Reference: Qin et al. (2024), InfoBatch, ICLR, arXiv:2303.04947.

    Args:
        pruning: what is given the losses after each epoch.
        num_examples: in the training set.

    Raises:
        ValueError: when the model is not compiled with one loss that is an object of `keras.losses`.

    Example:
        >>> import numpy as np
        >>> from atolye.data import Split, batches
        >>> part = Split(np.eye(4, dtype="float32"), np.arange(4.0), np.arange(4).astype(str))
        >>> pruning = DataPruning(0.25, epochs=3, whole_at_start=1)
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", keras.losses.MeanSquaredError())
        >>> data = batches(part, 2, shuffle=True, pruning=pruning)
        >>> history = model.fit(data, epochs=3, verbose=0, shuffle=False, callbacks=[ExampleLosses(pruning, 4)])
        >>> len(pruning.get_state()["arrays"]["losses"])
        4
    """

    def __init__(self, pruning: DataPruning, num_examples: int) -> None:
        super().__init__()
        self.pruning = pruning
        self.num_examples = num_examples

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        model, loss = self.model, self.model.loss
        if not isinstance(loss, keras.losses.Loss):
            raise ValueError(
                f"Received a model compiled with loss={loss!r}; expected one object such as "
                "keras.losses.SparseCategoricalCrossentropy(), whose loss of each example can be recorded."
            )
        _take_off(model)  # what a training that was interrupted has left
        each = copy.copy(loss)
        each.reduction = None
        recorder = _Recorder(self.num_examples)
        original = model.compute_loss

        def compute_loss(
            x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
        ) -> Any:
            if training:
                recorder.update_state(each(y, y_pred))
            return original(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)

        self._recorder = recorder
        # Keras carries the state of metrics through a compiled step on every backend; one whose result is an empty
        # dictionary adds nothing to the logs.
        model.example_losses = recorder
        model.compute_loss = compute_loss
        model.make_train_function(force=True)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._recorder.seen.assign(0)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        recorder = self._recorder
        self.pruning.record(ops.convert_to_numpy(recorder.losses)[: int(recorder.seen)])

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        _take_off(self.model)


def _take_off(model: keras.Model) -> None:
    """Leave the model as it was before the losses were recorded; nothing where they were not."""
    recorder = vars(model).get("example_losses")
    if recorder is None:
        return
    del model.compute_loss  # the class's own shows again
    del model.example_losses
    model._tracker.untrack(recorder)  # Keras leaves it there, and its id, which the next recorder may get
    model.train_function = None


class _Recorder(keras.metrics.Metric):
    """Keeps the losses of an epoch in the order in which they come."""

    def __init__(self, num_examples: int) -> None:
        super().__init__(name="example_losses", dtype="float32")
        self.losses = self.add_variable((num_examples,), "zeros", name="losses")
        self.seen = self.add_variable((), "zeros", dtype="int32", name="seen")

    def update_state(self, losses: Any) -> None:
        losses = ops.cast(ops.reshape(losses, (-1,)), "float32")
        count = ops.shape(losses)[0]
        # Round and round: where an interrupted training has left it behind, another `fit` may bring more.
        places = (self.seen + ops.arange(count, dtype="int32")) % self.losses.shape[0]
        self.losses.assign(ops.scatter_update(self.losses.value, ops.expand_dims(places, -1), losses))
        self.seen.assign(self.seen + count)

    def result(self) -> dict[str, Any]:
        return {}

    def reset_state(self) -> None:
        """Nothing: a validation would reset it, too, before the epoch has ended."""
