"""The whole blocks of a backbone, found by the names of its layers."""

import re
from dataclasses import dataclass
from typing import Any

import keras

# block2a_expand_conv, conv3_block1_2_bn, block_6_project, expanded_conv_project, stage_1_block_2
_BLOCK = re.compile(r"(.*?block_?\d+[a-z]?|expanded_conv)(?=_|$)")


@dataclass(frozen=True)
class Block:
    """A part of a backbone through whose last layer everything passes.

    Args:
        name: what the names of its layers begin with; `"stem"` before the first block, `"top"` after the last.
        layers: its layers, in the order of the computation.
    """

    name: str
    layers: tuple[Any, ...]

    @property
    def output(self) -> Any:
        """Return the tensor that goes on to the next block."""
        return self.layers[-1].output


def find_blocks(model: keras.Model) -> tuple[Block, ...]:
    """Return the blocks of a backbone from the input to the output; every layer is in one of them.

    Use it to cut a backbone where it may be cut: freezing half a residual block trains against its other half.
    It knows the names of Keras's VGG, ResNet, MobileNetV2, EfficientNet and ConvNeXt, of efficientnet-lite0, and of
    atolye's image networks.

    Args:
        model: a backbone, such as `atolye.models.backbone` builds; Functional and not nested in another.

    Raises:
        ValueError: when no layer is named as one of a block.

    Example:
        >>> from atolye.models import backbone
        >>> model = backbone("efficientnet-lite0", (32, 32, 3), weights=None)
        >>> [block.name for block in find_blocks(model)][:4]
        ['stem', 'block1a', 'block2a', 'block2b']
    """
    found: dict[str, list[Any]] = {"stem": []}
    top: list[Any] = []
    for layer in model.layers:
        match = _BLOCK.match(layer.name)
        if match is None:
            top.append(layer)
            continue
        if len(found) == 1:  # what came before the first block
            found["stem"], top = top, []
        # What stands between two blocks, such as a convolution that halves the map, belongs to the later one.
        found.setdefault(match[1], []).extend([*top, layer])
        top = []
    if len(found) == 1:
        raise ValueError(
            f"Received a model {model.name!r} without a layer named as one of a block; expected names such as "
            "'block2a_conv' or 'conv3_block1_out'. Pass the backbone itself, not the model around it."
        )
    found |= {"top": top} if top else {}
    return tuple(Block(name, tuple(layers)) for name, layers in found.items())
