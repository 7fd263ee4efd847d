"""One Keras layer a file, initialisers and activations: only what Keras does not ship or does slowly on a CPU."""

from atolye.layers.activations import ACTIVATIONS, Activation, activation_layer, activation_table, arctan, binary_step
from atolye.layers.basic_block import BasicBlock
from atolye.layers.batch_normalization import BatchNormalization
from atolye.layers.bottleneck_block import BottleneckBlock
from atolye.layers.conv import Conv2D
from atolye.layers.conv_block import ConvBlock
from atolye.layers.depthwise_conv import DepthwiseConv2D
from atolye.layers.depthwise_separable_conv import DepthwiseSeparableConv
from atolye.layers.dirac import Dirac
from atolye.layers.grouped_conv import GroupedConv2D
from atolye.layers.mc_dropout import MCDropout
from atolye.layers.normalization import NORMS, normalization_layer
from atolye.layers.pre_act_block import PreActBlock
from atolye.layers.squeeze_excite import SqueezeExcite
from atolye.layers.temperature import Temperature
from atolye.layers.whitening import Whitening, whitening_weights
from atolye.layers.zero_pad_shortcut import ZeroPadShortcut

__all__ = [
    "ACTIVATIONS",
    "NORMS",
    "Activation",
    "BasicBlock",
    "BatchNormalization",
    "BottleneckBlock",
    "Conv2D",
    "ConvBlock",
    "DepthwiseConv2D",
    "DepthwiseSeparableConv",
    "Dirac",
    "GroupedConv2D",
    "MCDropout",
    "PreActBlock",
    "SqueezeExcite",
    "Temperature",
    "Whitening",
    "ZeroPadShortcut",
    "activation_layer",
    "activation_table",
    "arctan",
    "binary_step",
    "normalization_layer",
    "whitening_weights",
]
