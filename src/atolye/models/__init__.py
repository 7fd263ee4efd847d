"""Functions that build a `keras.Model`, not compiled, from the shape of its inputs and what it has to answer."""

from atolye.models.backbone import BACKBONES, backbone
from atolye.models.cnn import cnn
from atolye.models.efficientnet_lite import efficientnet_lite0
from atolye.models.mlp import mlp
from atolye.models.multi_output import multi_output
from atolye.models.preact_resnet import preact_resnet
from atolye.models.residual_mlp import residual_mlp
from atolye.models.resnet import resnet
from atolye.models.se_resnet import se_resnet
from atolye.models.separable_cnn import separable_cnn
from atolye.models.two_branch import two_branch
from atolye.models.vgg_small import vgg_small
from atolye.models.whitened_cnn import whitened_cnn

__all__ = [
    "BACKBONES",
    "backbone",
    "cnn",
    "efficientnet_lite0",
    "mlp",
    "multi_output",
    "preact_resnet",
    "residual_mlp",
    "resnet",
    "se_resnet",
    "separable_cnn",
    "two_branch",
    "vgg_small",
    "whitened_cnn",
]
