"""What the convolution blocks share: their common arguments, and the layers that they are put together from."""

from collections.abc import Callable
from typing import Any

import keras

from atolye.layers.activations import activation_layer
from atolye.layers.conv import Conv2D
from atolye.layers.grouped_conv import GroupedConv2D
from atolye.layers.image_checks import Pair, check_count
from atolye.layers.normalization import Norm, check_norm, normalization_layer

ActivationName = str | Callable[[Any], Any]


class ImageBlock(keras.Layer):
    """A layer made of convolutions, normalizations and activations on images, channels last.

    Not for models: derive from it. Each subclass makes and builds its layers in `build` and calls nothing but layers in
    `call`, so that `keras.Model(inputs, block.call(inputs))` shows what is inside. The convolutions have no bias where
    there is a normalization, which brings its own.

    Args:
        filters: channels of the convolutions, 1 or more.
        norm: `"batch"`, `"layer"`, `"group"` or `"none"`; see `normalization_layer`.
        activation: name of the activation table or of `keras.activations`, or a function; None for none.
        kernel_initializer: initialiser of the convolutions.
        kernel_regularizer: regularizer of the convolutions.
        options: `name`, `dtype` and `trainable` of `keras.layers.Layer`.
    """

    def __init__(
        self,
        filters: int,
        *,
        norm: Norm,
        activation: ActivationName | None,
        kernel_initializer: Any,
        kernel_regularizer: Any,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        check_count("filters", filters, fix="Pass the number of output channels, such as 32.")
        check_norm(norm)
        self.filters = filters
        self.norm = norm
        # A name stays a name: the table's "leaky_relu" has another slope than Keras's.
        named = activation is None or isinstance(activation, str)
        self.activation = activation if named else keras.activations.get(activation)
        if self.activation is not None:
            activation_layer(self.activation)  # raises now for a name that nobody knows
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def get_config(self) -> dict[str, Any]:
        activation = self.activation
        named = activation is None or isinstance(activation, str)
        return super().get_config() | {
            "filters": self.filters,
            "norm": self.norm,
            "activation": activation if named else keras.activations.serialize(activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }

    def _convolution(
        self, filters: int, kernel_size: int | Pair, *, name: str, strides: int | Pair = 1, **options: Any
    ) -> keras.Layer:
        kind = GroupedConv2D if options.get("groups", 1) > 1 else Conv2D
        return kind(
            filters,
            kernel_size,
            strides=strides,
            padding=options.pop("padding", "same"),
            use_bias=self.norm == "none",
            kernel_initializer=self._new_initializer(),
            kernel_regularizer=self.kernel_regularizer,
            data_format="channels_last",
            dtype=self.dtype_policy,
            name=name,
            **options,
        )

    def _new_initializer(self) -> Any:
        """Return a copy: one initialiser without a seed gives the same numbers whenever it is asked."""
        return keras.initializers.get(keras.initializers.serialize(self.kernel_initializer))

    def _normalization(self, channels: int, *, name: str) -> list[keras.Layer]:
        layer = normalization_layer(self.norm, channels, dtype=self.dtype_policy, name=name)
        return [] if layer is None else [layer]

    def _activation(self, *, name: str) -> list[keras.Layer]:
        if self.activation is None:
            return []
        layer = activation_layer(self.activation)
        layer.dtype_policy = self.dtype_policy
        layer.name = name
        return [layer]


def build_in_turn(layers: list[keras.Layer], input_shape: Any) -> Any:
    """Build each layer on the output shape of the one before; return the last output shape."""
    shape = tuple(input_shape)
    for layer in layers:
        layer.build(shape)
        shape = tuple(layer.compute_output_shape(shape))
    return shape


def call_in_turn(layers: list[keras.Layer], inputs: Any) -> Any:
    """Call each layer on the output of the one before. Keras hands `training` on to layers within a layer."""
    for layer in layers:
        inputs = layer(inputs)
    return inputs
