"""What the residual blocks share: arguments, the way around, and the sum."""

from typing import Any, Literal, get_args

import keras

from atolye.layers.image_block import ActivationName, ImageBlock, build_in_turn, call_in_turn
from atolye.layers.image_checks import check_image, output_side, positive_pair
from atolye.layers.normalization import Norm
from atolye.layers.squeeze_excite import SqueezeExcite
from atolye.layers.zero_pad_shortcut import ZeroPadShortcut

Shortcut = Literal["projection", "zero_pad", "none"]
SHORTCUTS: tuple[str, ...] = get_args(Shortcut)


class ResidualBlock(ImageBlock):
    """A branch of convolutions, a way around it, and their sum, which is activated.

    Not for models: derive from it and give `expansion` and `_make_branch`. Arguments are told at `BasicBlock`.
    """

    expansion = 1  # output channels for each of `filters`

    def __init__(
        self,
        filters: int,
        *,
        strides: int | tuple[int, int] = 1,
        shortcut: Shortcut = "projection",
        squeeze_excite: int = 0,
        norm: Norm = "batch",
        activation: ActivationName = "relu",
        kernel_initializer: Any = "he_normal",
        kernel_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(
            filters,
            norm=norm,
            activation=activation,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=kernel_regularizer,
            **options,
        )
        self.strides = positive_pair("strides", strides, fix="1 keeps the size of the image.")
        if shortcut not in SHORTCUTS:
            raise ValueError(
                f"Received shortcut={shortcut!r}; expected one of {', '.join(map(repr, SHORTCUTS))}. "
                "Pass 'none' for a plain block."
            )
        if not isinstance(squeeze_excite, int) or squeeze_excite < 0:
            raise ValueError(
                f"Received squeeze_excite={squeeze_excite!r}; expected a whole number: a ratio of 1 or more, or 0 for "
                "none. 16 is the paper's."
            )
        self.shortcut = shortcut
        self.squeeze_excite = squeeze_excite

    def build(self, input_shape: Any) -> None:
        channels = self._check_input(input_shape)
        self.branch = self._make_branch(channels)
        if self.squeeze_excite:
            self.branch.append(SqueezeExcite(self.squeeze_excite, dtype=self.dtype_policy, name="squeeze_excite"))
        outputs = build_in_turn(self.branch, input_shape)
        self.around = self._make_shortcut() if self._changes_shape(channels) else []
        build_in_turn(self.around, input_shape)
        self.add = keras.layers.Add(dtype=self.dtype_policy, name="add")
        self.add.build([outputs, outputs])
        self.last = self._make_last()
        build_in_turn(self.last, outputs)
        super().build(input_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        outputs = call_in_turn(self.branch, inputs)
        if self.shortcut != "none":
            outputs = self.add([call_in_turn(self.around, inputs), outputs])
        return call_in_turn(self.last, outputs)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        return (input_shape[0], *self._output_sides(input_shape), self.expansion * self.filters)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "strides": self.strides,
            "shortcut": self.shortcut,
            "squeeze_excite": self.squeeze_excite,
        }

    def _make_branch(self, channels: int) -> list[keras.Layer]:
        raise NotImplementedError

    def _make_last(self) -> list[keras.Layer]:
        return self._activation(name="act")

    def _make_shortcut(self) -> list[keras.Layer]:
        """Return the way around for a block that changes the shape."""
        if self.shortcut == "none":
            return []
        filters = self.expansion * self.filters
        if self.shortcut == "zero_pad":
            return [ZeroPadShortcut(filters, strides=self.strides, dtype=self.dtype_policy, name="shortcut")]
        return [
            self._convolution(filters, 1, strides=self.strides, name="shortcut"),
            *self._normalization(filters, name="shortcut_norm"),
        ]

    def _changes_shape(self, channels: int) -> bool:
        return self.strides != (1, 1) or channels != self.expansion * self.filters

    def _output_sides(self, input_shape: Any) -> list[int | None]:
        return [
            output_side(side, span=3, stride=stride, padding="same")
            for side, stride in zip(input_shape[1:3], self.strides, strict=True)
        ]

    def _check_input(self, input_shape: Any) -> int:
        channels = check_image(input_shape)
        sides = self._output_sides(input_shape)
        if any(side is not None and side < 2 for side in sides):
            before, after = (" x ".join(map(str, sizes)) for sizes in (input_shape[1:3], sides))
            raise ValueError(
                f"Received images of {before} pixels with strides={self.strides[0]} x {self.strides[1]}, which leaves "
                f"{after}; expected 2 x 2 or more to be left, since on a single pixel a 3 x 3 filter sees padding. "
                "Take larger images, smaller strides or fewer blocks that stride."
            )
        return channels
