"""The GradientTape loop: what `model.fit` does, written out, so that each part can be changed.

One step is: predict, compare (with the penalties of regularizers), differentiate, clip, update. Around it stand the
epoch, the validation and the callbacks. From the same seed and the same `tf.data.Dataset` it ends with the weights of
`fit`.
"""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from atolye.train.create_variables import create_variables
from atolye.train.gradient_clipping_tensorflow import GradientClipping


def train_loop(
    model: keras.Model,
    train_data: tf.data.Dataset,
    validation_data: tf.data.Dataset | None = None,
    *,
    optimizer: Any = None,
    loss: Any = None,
    loss_weights: Any = None,
    metrics: Any = None,
    epochs: int = 1,
    initial_epoch: int = 0,
    class_weight: dict[int, float] | None = None,
    clip_value: float | None = None,
    clip_norm: float | None = None,
    global_clip_norm: float | None = None,
    accumulation_steps: int = 1,
    track_gradient_norm: bool = False,
    callbacks: Iterable[keras.callbacks.Callback] = (),
) -> keras.callbacks.History:
    """Train a model with an explicit GradientTape loop; the numbers are those of `fit`.

    Use it to learn how training works, or as the start of a loop of your own; `fit` is shorter for the rest.
    Regularizers, several outputs, sample weights and mixed precision work as in `fit` (float16 losses are scaled, and
    gradients are unscaled before they are clipped). Gradient accumulation counts one update, not one batch, for
    learning-rate schedules and averages.

    Args:
        model: a built model. It is compiled here when `optimizer` and `loss` are given; else it must be compiled.
        train_data: batches `(inputs, targets)` or `(inputs, targets, sample_weights)`.
        validation_data: batches to measure after each epoch; None measures nothing.
        optimizer: as for `compile`.
        loss: as for `compile`; a dict or list for several outputs.
        loss_weights: as for `compile`.
        metrics: as for `compile`.
        epochs: number of the last epoch, counted from 1.
        initial_epoch: epochs that lie behind, when a training is resumed.
        class_weight: weight by class id; multiplied with sample weights where there are some. One output only.
        clip_value: each gradient entry is cut to [-clip_value, clip_value].
        clip_norm: each variable's gradient is shortened to this L2 norm.
        global_clip_norm: all gradients together are shortened to this L2 norm. At most one of the three.
        accumulation_steps: batches whose mean gradient makes one update; 1 updates after each batch.
        track_gradient_norm: log `gradient_norm`, before clipping: of the batch, and its mean over the epoch.
        callbacks: Keras callbacks; every hook of `fit` is called in the same order.

    Returns:
        The history, as `fit` returns it.

    Raises:
        ValueError: when the model is not built or compiled, or an argument is out of range; before the first batch.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> data = tf.data.Dataset.from_tensors((np.ones((4, 2), "float32"), np.ones((4, 1), "float32")))
        >>> history = train_loop(model, data, optimizer="sgd", loss="mse", epochs=3)
        >>> history.history["loss"][0] > history.history["loss"][2]
        True
    """
    if optimizer is not None or loss is not None:
        model.compile(optimizer or "rmsprop", loss, loss_weights=loss_weights, metrics=metrics)
    _check(model, train_data, accumulation_steps)
    clipping = GradientClipping(clip_value=clip_value, clip_norm=clip_norm, global_clip_norm=global_clip_norm)
    step = _TrainStep(
        model, clipping, _class_weight_table(model, class_weight), accumulation_steps, track_gradient_norm
    )
    test_step = _TestStep(model)
    _make_variables(model, train_data.element_spec)
    history = keras.callbacks.History()
    hooks = keras.callbacks.CallbackList(
        [*callbacks, history], model=model, epochs=epochs, steps=_num_batches(train_data), verbose=0
    )
    model.stop_training = False
    hooks.on_train_begin()
    # One graph for all batch sizes: the dataset's own signature leaves the batch open, as it is in fit.
    # AutoGraph off, as in fit: the step has no Python `if` on tensors, and its translation takes time.
    compiled_step = tf.function(_wrapped(step, callbacks), input_signature=[train_data.element_spec], autograph=False)
    if validation_data is not None:
        compiled_test = tf.function(test_step, input_signature=[validation_data.element_spec], autograph=False)
    logs: dict[str, Any] = {}
    for epoch in range(initial_epoch, epochs):
        model.reset_metrics()
        step.reset_metrics()
        hooks.on_epoch_begin(epoch)
        for batch, data in enumerate(train_data):
            hooks.on_train_batch_begin(batch)
            hooks.on_train_batch_end(batch, compiled_step(data))
            if model.stop_training:
                break
        logs = step.epoch_logs()
        if validation_data is not None:
            measured = _validate(test_step, compiled_test, validation_data, hooks)
            logs |= {f"val_{name}": value for name, value in measured.items()}
        hooks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
        if _num_batches(train_data):
            # fit opens one iterator more after each epoch: a seeded shuffle then draws the same orders in both.
            iter(train_data)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    hooks.on_train_end(logs)
    return history


class _TrainStep:
    """One batch: forward, loss, gradients, clipping, update, metrics."""

    def __init__(
        self,
        model: keras.Model,
        clipping: GradientClipping,
        class_weights: tf.Tensor | None,
        accumulation_steps: int,
        track_gradient_norm: bool,
    ) -> None:
        self.model = model
        self.clipping = clipping
        self.class_weights = class_weights
        self.accumulation_steps = accumulation_steps
        self.track_gradient_norm = track_gradient_norm
        self.loss = keras.metrics.Mean(name="loss")
        self.gradient_norm = keras.metrics.Mean(name="gradient_norm")
        self.sums = [
            tf.Variable(tf.zeros(variable.shape, variable.dtype), trainable=False)
            for variable in (model.trainable_variables if accumulation_steps > 1 else [])
        ]
        self.batches = tf.Variable(0, trainable=False, dtype="int64")

    def __call__(self, data: Any) -> dict[str, tf.Tensor]:
        model, optimizer = self.model, self.model.optimizer
        inputs, targets, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        sample_weight = self._weigh_classes(targets, sample_weight)

        with tf.GradientTape() as tape:
            outputs = model(inputs, training=True)
            # The loss of each output times its weight, plus model.losses: regularizers and add_loss.
            loss = model.compute_loss(inputs, targets, outputs, sample_weight)
            scaled_loss = optimizer.scale_loss(loss)  # times 1, unless float16 needs more
        variables = model.trainable_variables
        gradients = tape.gradient(scaled_loss, [variable.value for variable in variables])
        norm = self.clipping.norm(gradients, optimizer) if self.track_gradient_norm else None
        if self.accumulation_steps == 1:
            self._update(gradients)
        else:
            self._accumulate(gradients)

        self.loss.update_state(loss, sample_weight=tf.shape(tf.nest.flatten(inputs)[0])[0])
        logs = model.compute_metrics(inputs, targets, outputs, sample_weight)
        logs["loss"] = self.loss.result()
        if norm is not None:
            self.gradient_norm.update_state(norm)
            logs["gradient_norm"] = norm
        return logs

    def _update(self, gradients: list[Any]) -> None:
        optimizer = self.model.optimizer
        optimizer.apply(self.clipping(gradients, optimizer), self.model.trainable_variables)

    def _accumulate(self, gradients: list[Any]) -> None:
        for total, gradient in zip(self.sums, gradients, strict=True):
            if gradient is not None:
                total.assign_add(gradient)
        self.batches.assign_add(1)

        def update() -> None:
            self._update([total / self.accumulation_steps for total in self.sums])
            for total in self.sums:
                total.assign(tf.zeros_like(total))

        tf.cond(self.batches % self.accumulation_steps == 0, update, lambda: None)

    def _weigh_classes(self, targets: Any, sample_weight: Any) -> Any:
        if self.class_weights is None:
            return sample_weight
        one_hot = targets.shape.rank == 2 and targets.shape[-1] != 1
        ids = tf.argmax(targets, axis=-1) if one_hot else tf.cast(tf.reshape(targets, [-1]), "int64")
        weights = tf.gather(self.class_weights, ids)
        return weights if sample_weight is None else weights * tf.cast(sample_weight, weights.dtype)

    def reset_metrics(self) -> None:
        self.loss.reset_state()
        self.gradient_norm.reset_state()

    def epoch_logs(self) -> dict[str, Any]:
        logs = self.model.get_metrics_result() | {"loss": self.loss.result()}
        if self.track_gradient_norm:
            logs["gradient_norm"] = self.gradient_norm.result()
        return _as_floats(logs)


class _TestStep:
    """One batch of validation: forward without dropout, loss, metrics."""

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self.loss = keras.metrics.Mean(name="loss")

    def __call__(self, data: Any) -> dict[str, tf.Tensor]:
        inputs, targets, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        outputs = self.model(inputs, training=False)
        loss = self.model.compute_loss(inputs, targets, outputs, sample_weight, training=False)
        self.loss.update_state(loss, sample_weight=tf.shape(tf.nest.flatten(inputs)[0])[0])
        return self.model.compute_metrics(inputs, targets, outputs, sample_weight) | {"loss": self.loss.result()}


def _validate(
    step: _TestStep, compiled_step: Any, data: tf.data.Dataset, hooks: keras.callbacks.CallbackList
) -> dict[str, float]:
    hooks.on_test_begin()
    step.model.reset_metrics()
    step.loss.reset_state()
    for batch, part in enumerate(data):
        hooks.on_test_batch_begin(batch)
        hooks.on_test_batch_end(batch, compiled_step(part))
    logs = _as_floats(step.model.get_metrics_result() | {"loss": step.loss.result()})
    hooks.on_test_end(logs)
    return logs


def _wrapped(step: Callable[[Any], Any], callbacks: Iterable[Any]) -> Callable[[Any], Any]:
    """Let callbacks that must see every update (BestWeights) put themselves around the step."""
    for callback in callbacks:
        if hasattr(callback, "wrap_step"):
            step = callback.wrap_step(step)
    return step


def _as_floats(logs: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in logs.items()}


def _num_batches(data: tf.data.Dataset) -> int | None:
    count = int(data.cardinality())
    return count if count >= 0 else None


def _class_weight_table(model: keras.Model, class_weight: dict[int, float] | None) -> tf.Tensor | None:
    if class_weight is None:
        return None
    if len(model.outputs) > 1:
        raise ValueError(
            f"class_weight needs a model with one output; received {len(model.outputs)}. Give sample weights instead."
        )
    table = np.ones(max(class_weight) + 1, "float32")
    table[list(class_weight)] = list(class_weight.values())
    return tf.constant(table)


def _check(model: keras.Model, train_data: Any, accumulation_steps: int) -> None:
    if not model.built:
        raise ValueError("the model is not built; give it keras.Input(...) first, or call it once on a batch.")
    if not model.compiled:
        raise ValueError("the model is not compiled; pass optimizer and loss, or call model.compile first.")
    if not isinstance(train_data, tf.data.Dataset):
        raise ValueError(
            f"train_data must be a tf.data.Dataset of batches; received {type(train_data).__name__}. "
            "Use tf.data.Dataset.from_tensor_slices((x, y)).batch(32)."
        )
    if accumulation_steps < 1:
        raise ValueError(f"accumulation_steps must be at least 1; received {accumulation_steps}.")


def _make_variables(model: keras.Model, element_spec: Any) -> None:
    """Make the variables of optimizer and metrics from a batch of zeros, where the size of an example is known."""
    specs = tf.nest.flatten(element_spec)
    if all(isinstance(spec, tf.TensorSpec) and None not in list(spec.shape)[1:] for spec in specs):
        zeros = tf.nest.map_structure(
            lambda spec: tf.zeros([size or 1 for size in spec.shape], spec.dtype), element_spec
        )
        create_variables(model, *keras.utils.unpack_x_y_sample_weight(zeros))
    elif not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
