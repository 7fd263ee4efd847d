"""What a network still knows of the task that it was trained on first, followed while it learns another."""

from typing import Any

import keras
import numpy as np

from atolye.data import Split, batches


class SourceAccuracy(keras.callbacks.Callback):
    """Write the accuracy on the source task into the logs, and so into the history, at the end of each epoch.

    Use it while a model learns a target task, with another model that shares its trunk and has the source task's own
    head: what the trunk forgets is read off the source model, which is never trained. The accuracy before the first
    epoch is in `before`.

    Reference: McCloskey and Cohen (1989), Catastrophic interference in connectionist networks; Goodfellow et al.
        (2013), arXiv:1312.6211.

    Args:
        source_model: the model of the source task; gives probabilities, or one sigmoid unit for two classes.
        source: examples of the source task that it was not trained on.
        name: what the figure is called in the logs.
        batch_size: examples at a time, 1 or more.

    Raises:
        ValueError: when there are no examples, or they do not fit the model.

    Example:
        >>> inputs = keras.Input((8, 8, 1))
        >>> trunk = keras.layers.Flatten()(inputs)
        >>> source_model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(trunk))
        >>> images = np.zeros((4, 8, 8, 1), np.uint8)
        >>> callback = SourceAccuracy(source_model, Split(images, np.array([0, 1, 2, 0]), np.array(list("abcd"))))
        >>> callback.measure()  # all images are alike, and so are the answers
        0.5
    """

    def __init__(
        self, source_model: keras.Model, source: Split, *, name: str = "source_accuracy", batch_size: int = 256
    ) -> None:
        super().__init__()
        shape = tuple(source_model.input_shape[1:])
        if shape != np.shape(source.inputs)[1:] or not len(source):
            raise ValueError(
                f"Received {len(source)} examples of shape {np.shape(source.inputs)[1:]} for a model that reads "
                f"{shape}; expected one or more that fit. Give the split that belongs to the source model."
            )
        self.name = name
        self.before: float | None = None
        self._targets = source.targets
        self._batches = batches(source, batch_size)
        self._reader = _Reader(source_model)
        # XLA's convolutions on a CPU are 2 to 7 times slower than TensorFlow's plain graph.
        self._reader.jit_compile = keras.backend.backend() == "jax"

    def measure(self) -> float:
        """Return the accuracy now, from 0 to 1."""
        answers = self._reader.predict(self._batches, verbose=0)
        found = answers[:, 0] > 0.5 if answers.shape[-1] == 1 else answers.argmax(axis=-1)
        return float(np.mean(found == self._targets))

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self.before = self.measure()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if logs is not None:
            logs[self.name] = self.measure()


class _Reader(keras.Model):
    """Calls another model in inference mode; its compiled function outlives every `compile` of that model."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__(name="reader", autocast=False)
        self.read = model

    def call(self, inputs: Any) -> Any:
        return self.read(inputs, training=False)
