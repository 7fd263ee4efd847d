"""Batch normalization of a frozen network folded into its convolutions, so that it costs nothing."""

from collections import Counter
from typing import Any

import keras
import numpy as np
from keras import ops

_CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)


def fold_batch_norm(model: keras.Model) -> keras.Model:
    """Return a copy for inference in which convolutions do what batch normalization did after them.

    Use it on the frozen part of a network before a pass over many images: at inference batch normalization multiplies
    each channel by a number and adds another, which the kernel and the bias of the convolution before it can do. The
    copy gives the same outputs to float32's accuracy. It is frozen: trained on, it would be another network. Names of
    layers stay; a folded normalization becomes an `Identity`. What cannot be folded (after anything else than a
    convolution of its own, or inside of a nested model or composite layer) stays as it is.

    Reference: Jacob et al. (2018), arXiv:1712.05877, section 3.2.

    Args:
        model: a Functional model; it is left as it is.

    Returns:
        The copy, not trainable, with weights of its own.

    Raises:
        ValueError: when the model is Sequential or a subclass, which have no graph to read.

    Example:
        >>> from atolye.models import efficientnet_lite0
        >>> model = efficientnet_lite0((32, 32, 3), weights=None, include_top=False)
        >>> len(model.weights), len(fold_batch_norm(model).weights)
        (245, 98)
    """
    pairs = foldable_pairs(model)
    convolutions = {convolution.name for convolution, _ in pairs}
    norms = {norm.name for _, norm in pairs}

    def clone(layer: Any) -> Any:
        if layer.name in norms:
            return keras.layers.Identity(name=layer.name, dtype=layer.dtype_policy.name)
        config = layer.get_config()
        return type(layer).from_config(config | {"use_bias": True} if layer.name in convolutions else config)

    def call(layer: Any, *arguments: Any, **options: Any) -> Any:
        # A normalization is called with a mask, which Identity does not take.
        return layer(arguments[0]) if layer.name in norms else layer(*arguments, **options)

    folded = keras.models.clone_model(model, clone_function=clone, call_function=call)
    for layer in model.layers:
        if layer.weights and layer.name not in convolutions | norms:
            _copy(layer, folded.get_layer(layer.name))
    for convolution, norm in pairs:
        _assign_folded(folded.get_layer(convolution.name), convolution, norm)
    folded.trainable = False
    return folded


def foldable_pairs(model: Any) -> list[tuple[Any, Any]]:
    """Return the pairs of a convolution and the normalization that alone uses its output.

    Raises:
        ValueError: when the model is Sequential or a subclass.
    """
    if isinstance(model, keras.Sequential) or not hasattr(model, "operations"):
        raise ValueError(
            f"Received {model.name!r} ({type(model).__name__}); expected a Functional model, whose graph says what "
            "follows each convolution. Build it with keras.Model(inputs, outputs)."
        )
    nodes = [node for level in model._nodes_by_depth.values() for node in level]  # of this model, not of its layers
    calls = Counter(id(node.operation) for node in nodes)
    makers = {id(tensor): node.operation for node in nodes for tensor in node.output_tensors}
    uses = Counter(id(tensor) for node in nodes for tensor in node.input_tensors)
    uses.update(id(tensor) for tensor in model.outputs)
    pairs = []
    for node in nodes:
        norm = node.operation
        if not isinstance(norm, keras.layers.BatchNormalization) or norm.axis not in (-1, 3) or calls[id(norm)] > 1:
            continue
        tensor = node.input_tensors[0]
        convolution = makers[id(tensor)]
        if (
            isinstance(convolution, _CONVOLUTIONS)
            and convolution.activation is keras.activations.linear
            and convolution.data_format == "channels_last"
            and calls[id(convolution)] == uses[id(tensor)] == 1
        ):
            pairs.append((convolution, norm))
    return pairs


def _copy(source: Any, target: Any) -> None:
    # Layer by layer and not by set_weights: Normalization prepares itself when its own variables are loaded.
    for one, other in zip(source._flatten_layers(), target._flatten_layers(), strict=True):
        store: dict[str, Any] = {}
        one.save_own_variables(store)
        other.load_own_variables({name: ops.convert_to_numpy(value) for name, value in store.items()})


def _assign_folded(target: Any, convolution: Any, norm: Any) -> None:
    def numbers(variable: Any) -> np.ndarray:
        return ops.convert_to_numpy(variable).astype("float64")

    factor = 1.0 / np.sqrt(numbers(norm.moving_variance) + norm.epsilon)
    if norm.scale:
        factor = factor * numbers(norm.gamma)
    shift = -numbers(norm.moving_mean) * factor
    if norm.center:
        shift = shift + numbers(norm.beta)
    if convolution.use_bias:
        shift = shift + numbers(convolution.bias) * factor
    kernel = numbers(convolution.kernel)
    if isinstance(convolution, keras.layers.DepthwiseConv2D):  # (h, w, channels, multiplier), outputs in that order
        factor = factor.reshape(kernel.shape[2:])
    target.kernel.assign(kernel * factor)
    target.bias.assign(shift)
