"""One Keras layer a file, and the activations of the course: only what Keras does not ship or does slowly on a CPU."""

from atolye.layers.activations import ACTIVATIONS, Activation, activation_layer, activation_table, arctan, binary_step
from atolye.layers.batch_normalization import BatchNormalization
from atolye.layers.mc_dropout import MCDropout

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "BatchNormalization",
    "MCDropout",
    "activation_layer",
    "activation_table",
    "arctan",
    "binary_step",
]
