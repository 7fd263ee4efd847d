"""Pretrained networks without their heads, by name, each with its own preprocessing inside."""

import re
import socket
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import keras
import numpy as np
from keras import layers, ops

from atolye.errors import did_you_mean
from atolye.layers import BatchNormalization, Conv2D, DepthwiseConv2D
from atolye.models.efficientnet_lite import NAME as OFFLINE
from atolye.models.efficientnet_lite import check_photograph, efficientnet_lite0
from atolye.models.weights_file import load_keras_weights, weights_path

_SILENCE_SECONDS = 20.0  # a download that receives nothing for so long is given up
# In [0, 1], in the order red, green, blue.
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
_CAFFE_MEAN = (123.68, 116.779, 103.939)
_FASTER = {
    layers.BatchNormalization: BatchNormalization,
    layers.Conv2D: Conv2D,
    layers.DepthwiseConv2D: DepthwiseConv2D,
}


class _Source(NamedTuple):
    builder: str  # its name in keras.applications
    # caffe: mean taken off, blue first. centred: from -1 to 1. adapted: by a Normalization layer that Keras fills from
    # the weights file. inside: by layers that need no filling.
    preprocessing: Literal["caffe", "centred", "adapted", "inside"]


_SOURCES = {
    "vgg16": _Source("VGG16", "caffe"),
    "vgg19": _Source("VGG19", "caffe"),
    "resnet50": _Source("ResNet50", "caffe"),
    "mobilenet-v2": _Source("MobileNetV2", "centred"),
    "efficientnet-b0": _Source("EfficientNetB0", "adapted"),
    "efficientnet-b4": _Source("EfficientNetB4", "adapted"),
    "efficientnet-v2-b0": _Source("EfficientNetV2B0", "inside"),
    "convnext-tiny": _Source("ConvNeXtTiny", "inside"),
}

BACKBONES = (*_SOURCES, OFFLINE)
"""The names that `backbone` knows; capitals, hyphens and underscores do not count."""


def backbone(
    name: str,
    input_shape: Sequence[int] = (224, 224, 3),
    *,
    weights: str | Path | None = "imagenet",
    input_tensor: Any = None,
) -> keras.Model:
    """Build a pretrained network without its head: from pixels as they come out of a file to its last map.

    Use it as the first part of a model for your own classes: add pooling and an output layer. What the network expects
    of its pixels is done inside, for each as it was trained, so that bytes in [0, 255] are right for all of them and a
    saved model needs nothing else. Batch normalization and convolutions are atolye's, which train faster on a CPU to
    the same numbers, but for the last bits. `efficientnet-lite0` needs no network: its weights are installed
    with atolye. The others' come from Keras's cache, or Keras downloads them once and says so.

    Reference: Simonyan and Zisserman (2015), arXiv:1409.1556, for VGG; He et al. (2015), arXiv:1512.03385, for ResNet;
        Sandler et al. (2018), arXiv:1801.04381, for MobileNetV2; Tan and Le (2019), arXiv:1905.11946, for EfficientNet;
        Tan and Le (2021), arXiv:2104.00298, for EfficientNetV2; Liu et al. (2022), arXiv:2201.03545, for ConvNeXt.

    Args:
        name: one of `BACKBONES`.
        input_shape: `(height, width, 3)`, both sides 32 pixels or more.
        weights: `"imagenet"`, None for a random start, or a file: `.weights.h5`, `.h5` or `.keras` of the network
            without its head; for efficientnet-lite0 also PyTorch's.
        input_tensor: what to read instead of an input of its own, such as the output of a `Resizing` layer on one;
            `input_shape` is then the tensor's.

    Input shape: `(batch, height, width, 3)`, in [0, 255].
    Output shape: `(batch, rows, columns, channels)`, about a 32nd of the pixels each way.

    Raises:
        ValueError: for an unknown name, smaller images, other than 3 channels, or a weights file that does not fit.
        FileNotFoundError: when the weights file is not there.
        ConnectionError: when ImageNet's weights are neither in Keras's cache nor can be downloaded.

    Example:
        >>> backbone("mobilenet-v2", (96, 96, 3), weights=None).output_shape
        (None, 3, 3, 1280)
    """
    known = backbone_name(name)
    if input_tensor is not None:
        input_shape = input_tensor.shape[1:]
    check_photograph(input_shape, known)
    if known == OFFLINE:
        return efficientnet_lite0(input_shape, weights=weights, include_top=False, input_tensor=input_tensor)
    path = weights_path(weights)
    source = _SOURCES[known]
    inputs = keras.Input(tuple(input_shape), name="image") if input_tensor is None else input_tensor
    core = _build(known, source, inputs, pretrained=weights == "imagenet")
    if path is not None:
        load_keras_weights(core, path, name=known)
    if source.preprocessing == "adapted" and weights != "imagenet":
        _fill_normalization(core)
    _take_faster_layers(core)
    return keras.Model(keras.utils.get_source_inputs(inputs)[0], core.output, name=known.replace("-", "_"))


def backbone_name(name: str) -> str:
    """Return the name in `BACKBONES` that is meant.

    Raises:
        ValueError: when there is none; the nearest is told.

    Example:
        >>> backbone_name("EfficientNet_Lite0")
        'efficientnet-lite0'
    """

    def letters(word: str) -> str:
        return re.sub("[^a-z0-9]", "", word.lower())

    for known in BACKBONES:
        if letters(known) == letters(name):
            return known
    raise ValueError(
        f"Received backbone {name!r}; expected one of {', '.join(BACKBONES)}.{did_you_mean(name.lower(), BACKBONES)}"
    )


def _build(name: str, source: _Source, inputs: Any, *, pretrained: bool) -> keras.Model:
    builder = getattr(keras.applications, source.builder)
    arguments = {
        "include_top": False,
        "input_tensor": _preprocessed(inputs, source.preprocessing),
        "input_shape": tuple(inputs.shape[1:]),
    }
    if not pretrained:
        return builder(weights=None, **arguments)
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SILENCE_SECONDS)
    try:  # says "Downloading data from ..." when it does
        with warnings.catch_warnings():
            # MobileNetV2 has weights by image size; those of 224 serve every size that has none of its own.
            warnings.filterwarnings("ignore", message="`input_shape` is undefined or non-square")
            return builder(weights="imagenet", **arguments)
    except Exception as error:  # Keras wraps every failure of the network in a plain Exception
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ConnectionError(
            f"The ImageNet weights of {name} are not in Keras's cache and could not be downloaded ({reason}). Try "
            f"again with a network, name a file of them with weights (--weights), or take {OFFLINE!r}, whose weights "
            "are installed with atolye."
        ) from error
    finally:
        socket.setdefaulttimeout(timeout)


def _preprocessed(inputs: Any, preprocessing: str) -> Any:
    """Return pixels in [0, 255] as the first layer of a network expects them."""
    if preprocessing == "caffe":
        centred = layers.Rescaling(1.0, offset=[-mean for mean in _CAFFE_MEAN], name="mean_taken_off")(inputs)
        return ops.flip(centred, axis=-1)  # red, green, blue -> blue, green, red
    if preprocessing == "centred":
        return layers.Rescaling(1 / 127.5, offset=-1.0, name="centred")(inputs)
    return inputs


def _fill_normalization(core: keras.Model) -> None:
    """Make EfficientNet standardize by ImageNet's mean and deviation, whatever its weights came from.

    Keras divides by the root of the deviation, and again by another layer that it adds for `weights="imagenet"` alone.
    """
    layer = next(layer for layer in core.layers if isinstance(layer, layers.Normalization))
    mean, deviation = np.array(_IMAGENET_MEAN, "float32"), np.array(_IMAGENET_DEVIATION, "float32")
    layer.load_own_variables({"0": mean, "1": deviation**2, "2": np.array(0)})


def _take_faster_layers(core: keras.Model) -> None:
    for layer in core.layers:
        if type(layer) in _FASTER:
            # Ours have the same state and differ in methods alone; a copy would build the network twice.
            layer.__class__ = _FASTER[type(layer)]
