"""Functions that build a `keras.Model`, not compiled, from the shape of its inputs and what it has to answer."""

from atolye.models.cnn import cnn
from atolye.models.mlp import mlp
from atolye.models.multi_output import multi_output
from atolye.models.residual_mlp import residual_mlp
from atolye.models.two_branch import two_branch

__all__ = ["cnn", "mlp", "multi_output", "residual_mlp", "two_branch"]
