"""From a recipe to a compiled model: architecture, loss, optimizer with its schedule."""

from typing import TYPE_CHECKING, Any

import numpy as np

from atolye.data import Dataset, Split
from atolye.train.model_names import WHITENED, builder_and_depth
from atolye.train.recipe import Recipe

if TYPE_CHECKING:
    import keras


def build_model(recipe: Recipe, dataset: Dataset, input_shape: tuple[Any, ...]) -> "keras.Model":
    """Return the recipe's architecture for the dataset, not compiled, in the current dtype policy.

    Args:
        recipe: the settings; `model="auto"` takes `cnn` for images and `mlp` for tables, `"resnet20"` is `resnet` of
            that depth. What the recipe leaves open is the architecture's own default.
        dataset: says task and number of classes.
        input_shape: shape of one model input: the image's, with None for a height and width that change, or
            `(num_features,)` of the encoded table.

    Raises:
        ValueError: when the architecture does not fit the data, such as a cnn for a table, or images too small for it.
    """
    from atolye import models

    shared: dict[str, Any] = {
        "activation": recipe.activation,
        "l2": recipe.l2,
        "task": dataset.task,
    }
    if recipe.kernel_initializer is not None:
        shared["kernel_initializer"] = recipe.kernel_initializer
    if recipe.dropout is not None:
        shared["dropout"] = recipe.dropout
    name = model_name(recipe, dataset)
    if recipe.widths is not None:
        shared["hidden_units" if name == "mlp" else "widths"] = tuple(recipe.widths)
    if name == "mlp":
        return models.mlp(input_shape, dataset.num_classes, **shared)
    if dataset.kind != "image":
        raise ValueError(f"model {name!r} needs images; received the table {dataset.name!r}. Set model to 'mlp'.")
    builder, depth = builder_and_depth(name)
    if depth is not None:
        shared["depth"] = depth
    return getattr(models, builder)(input_shape=input_shape, num_classes=dataset.num_classes, **shared)


def model_name(recipe: Recipe, dataset: Dataset) -> str:
    """Return the architecture that `model="auto"` stands for."""
    return recipe.model if recipe.model != "auto" else {"image": "cnn", "table": "mlp"}[dataset.kind]


def drops_remainder(recipe: Recipe, num_examples: int) -> bool:
    """Tell whether epochs leave out their last batch where it is not full.

    The normalizations of `whitened_cnn` follow each batch quickly: one of a few images would make nearly half of them.
    """
    return recipe.model == WHITENED and num_examples >= recipe.batch_size


def compile_model(model: "keras.Model", recipe: Recipe, dataset: Dataset) -> None:
    """Compile `model` in place with the recipe's optimizer and schedule, and the loss that its last layer asks for."""
    import keras

    from atolye.train.optimizers import muon_with_sgd, named_optimizer
    from atolye.train.schedules import count_updates, make_schedule

    examples, drop = len(dataset.train), drops_remainder(recipe, len(dataset.train))
    updates = count_updates(examples, recipe.batch_size, epochs=recipe.epochs, drop_remainder=drop)
    updates = max(2, updates)  # a schedule needs two points
    learning_rate = make_schedule(recipe.schedule, recipe.learning_rate, updates)
    if recipe.optimizer == "muon":
        optimizer: keras.optimizers.Optimizer = muon_with_sgd(model, learning_rate, batch_size=recipe.batch_size)
    else:
        optimizer = named_optimizer(recipe.optimizer, learning_rate)
    model.compile(
        optimizer=optimizer,
        loss=loss_for(dataset, label_smoothing=recipe.label_smoothing, mixed=recipe.mix != "none"),
        metrics=[metric_for(dataset, mixed=recipe.mix != "none")],
        # TensorFlow's plain graph is 2 to 7 times as fast on a CPU as XLA's convolutions (docs/explanation); JAX would
        # compute operation by operation without it.
        jit_compile=keras.backend.backend() == "jax",
    )


def loss_for(dataset: Dataset, *, label_smoothing: float = 0.0, mixed: bool = False) -> "keras.losses.Loss":
    """Return the loss for the task: squared error, binary or categorical cross-entropy on probabilities.

    The categorical one takes class ids, or rows of shares where labels are `mixed`.
    """
    import keras

    if dataset.task == "regression":
        return keras.losses.MeanSquaredError()
    if dataset.num_classes == 2:
        return keras.losses.BinaryCrossentropy(label_smoothing=label_smoothing)
    if mixed:
        return keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing)
    if label_smoothing:
        from atolye.train.losses import SmoothedSparseCategoricalCrossentropy

        return SmoothedSparseCategoricalCrossentropy(label_smoothing=label_smoothing)
    return keras.losses.SparseCategoricalCrossentropy()


def metric_for(dataset: Dataset, *, mixed: bool = False) -> "str | keras.metrics.Metric":
    """Return the metric beside the loss: mean absolute error, or the accuracy, also of shares of two classes."""
    if dataset.task == "regression":
        return "mae"
    if not mixed or dataset.num_classes > 2:
        return "accuracy"
    import keras

    from atolye.train.metrics import soft_binary_accuracy

    return keras.metrics.MeanMetricWrapper(soft_binary_accuracy, name="accuracy")


def class_weights(split: Split, num_classes: int) -> dict[int, float]:
    """Return weights by class id that give every class the same say: `n / (num_classes * n_class)`.

    Example:
        >>> class_weights(Split(np.zeros((4, 1)), np.array([0, 0, 0, 1]), np.arange(4).astype(str)), 2)
        {0: 0.6666666666666666, 1: 2.0}
    """
    counts = np.bincount(split.targets, minlength=num_classes)
    return {label: len(split) / (num_classes * int(count)) for label, count in enumerate(counts) if count}
