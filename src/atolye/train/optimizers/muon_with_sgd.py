"""The records' optimizer for a whole network: Muon for its convolutions, momentum for the rest."""

import re
from typing import Any

import keras

from atolye.train.optimizers.grouped_optimizer import grouped_optimizer, scaled_optimizer
from atolye.train.optimizers.muon import Muon
from atolye.train.schedules.scaled_schedule import ScaledSchedule

MOMENTUM = 0.85


def muon_with_sgd(
    model: keras.Model,
    learning_rate: Any,
    *,
    batch_size: int = 512,
    shift_factor: float = 110.0,
    head_factor: float = 5.5,
) -> keras.optimizers.MultiOptimizer:
    """Return an optimizer that trains convolution kernels by `Muon`, and all else by SGD with Nesterov momentum.

    Use it for networks whose convolutions are all normalized, such as `whitened_cnn`: a kernel's length then says
    nothing, and is kept. The learning rate is the share of a kernel that an update exchanges; in the source it falls
    from 0.24 straight to 0, in 200 updates. The SGD parts follow it in proportion: steps of SGD have the size of the
    gradient, those of Muon have not, so that the factors depend on the loss (here its mean over the batch, of which
    the source takes the sum: they grow with `batch_size`) and on the model's output scale. The default factors are the
    source's rates converted to `whitened_cnn`; they have not been tuned.

    Reference: Jordan et al. (2024), Muon, https://kellerjordan.github.io/posts/muon/, and its CIFAR-10 speedrun.

    Args:
        model: a built model with convolutions.
        learning_rate: of the kernels; a number above 0, or a schedule.
        batch_size: examples of an update, at least 1.
        shift_factor: rate of the convolutions' biases, of normalizations' shifts and scales, and of whatever else is
            left (slopes of PReLU, depthwise kernels), as a multiple of the kernels', in batches of 512, above 0.
        head_factor: rate of the kernels and biases of Dense layers, and of convolutions with a single filter, which are
            no matrix either, in the same way, above 0.

    Raises:
        ValueError: when the model has no convolution with a trained kernel, or is not built, or has kernels of three or
            of more than four dimensions (1-D and 3-D convolutions, attention), which the source has not; when a number
            is not above 0.

    Example:
        >>> from atolye.models import whitened_cnn
        >>> model = whitened_cnn((32, 32, 3), 10, widths=(16, 16, 16))
        >>> model.compile(muon_with_sgd(model, 0.24), "sparse_categorical_crossentropy")
        >>> [part.name for part in model.optimizer.optimizers]
        ['head', 'shifts', 'muon']
    """
    if batch_size < 1:
        raise ValueError(f"Received batch_size={batch_size}; expected at least 1. 512 is usual.")
    for name, factor, usual in (("shift_factor", shift_factor, 110), ("head_factor", head_factor, 5.5)):
        if not factor > 0:
            raise ValueError(
                f"Received {name}={factor}; expected a multiple of the kernels' rate above 0. {usual} is usual."
            )
    if isinstance(learning_rate, int | float) and not learning_rate > 0:
        raise ValueError(f"Received learning_rate={learning_rate}; expected a number above 0, or a schedule.")
    if not model.built:
        raise ValueError(f"Received the model {model.name!r}, which is not built; expected one with weights. Build it.")
    weights = model.trainable_weights
    kernels = _convolutions(model)
    _check(model, kernels)
    options: dict[str, Any] = {"rms_rate": None, "weight_decay": None, "renormalize": True}
    muon = Muon(learning_rate, momentum=0.6, ns_steps=3, ns_dtype=_dtype(model), name="muon", **options)
    dense = [weight.path for weight in weights if len(weight.shape) == 2]
    single = [path for path, filters in kernels.items() if filters == 1]
    layers = {path.rsplit("/", 1)[0] for path in (*dense, *single)}
    head = [weight.path for weight in weights if weight.path.rsplit("/", 1)[0] in layers]
    head = [path for path in head if not path.endswith("/depthwise_kernel")]  # of a separable convolution
    shifts = [weight.path for weight in weights if weight.path not in {*kernels, *head}]
    groups: dict[str, Any] = {}
    if head:
        groups[_any_of(head)] = _sgd(learning_rate, head_factor * batch_size / 512, "head")
    if shifts:
        groups[_any_of(shifts)] = _sgd(learning_rate, shift_factor * batch_size / 512, "shifts")
    return grouped_optimizer(model, muon, groups)


def _check(model: keras.Model, kernels: dict[str, int]) -> None:
    """Refuse a model whose weights have no rule here."""
    for weight in model.trainable_weights:
        if "kernel" in weight.name and len(weight.shape) not in (2, 4):
            raise ValueError(
                f"Received the weight {weight.path!r} of shape {tuple(weight.shape)}; expected kernels of 2-D "
                "convolutions and Dense layers. Take `grouped_optimizer` with a rule for it, or another optimizer."
            )
    if not any(filters > 1 for filters in kernels.values()):
        raise ValueError(
            f"Received the model {model.name!r} without a convolution to train; Muon is for convolution kernels here. "
            "Take an image model such as whitened_cnn, or another optimizer."
        )


def _dtype(model: keras.Model) -> str:
    """Return the arithmetic of Muon's products: that of the source, 16 bits, where the model computes so."""
    return "bfloat16" if any(layer.compute_dtype == "bfloat16" for layer in model.layers) else "float32"


def _convolutions(model: keras.Model) -> dict[str, int]:
    """Return the number of filters by the path of each trained kernel, but for those that see one channel each."""
    layers = [*model._flatten_layers()]
    depthwise = [layer for layer in layers if isinstance(layer, keras.layers.DepthwiseConv2D)]
    grouped = [layer for layer in layers if isinstance(layer, keras.layers.Conv2D) and layer.groups > 1]
    apart = {layer.kernel.path for layer in (*depthwise, *(each for each in grouped if each.kernel.shape[2] == 1))}
    kernels = [weight for weight in model.trainable_weights if len(weight.shape) == 4 and weight.path not in apart]
    return {kernel.path: kernel.shape[-1] for kernel in kernels if kernel.name != "depthwise_kernel"}


def _any_of(paths: Any) -> str:
    """Return a regular expression for these paths alone."""
    return "|".join(re.escape(path) for path in paths)


def _sgd(learning_rate: Any, factor: float, name: str) -> keras.optimizers.Optimizer:
    if isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        # Not by `scaled_optimizer`: to write a schedule down Keras imports TensorFlow, on every backend.
        return keras.optimizers.SGD(ScaledSchedule(learning_rate, factor), momentum=MOMENTUM, nesterov=True, name=name)
    part = scaled_optimizer(keras.optimizers.SGD(learning_rate, momentum=MOMENTUM, nesterov=True), factor)
    part.name = name
    return part
