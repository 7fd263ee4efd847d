import numpy as np
import pytest

from atolye.layers import SqueezeExcite
from atolye.models import se_resnet


def test_parameters_of_depth_50():
    # The first 25,557,032 are ResNet-50's; then 2 C C/16 + C/16 + C for each block of C channels.
    added = sum(n * (2 * c * c // 16 + c // 16 + c) for n, c in ((3, 256), (4, 512), (6, 1024), (3, 2048)))
    model = se_resnet(50, input_shape=(224, 224, 3), num_classes=1000, kernel_initializer="zeros")
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == 25_557_032 + added == 28_088_024


def test_every_block_ends_its_branch_so():
    model = se_resnet(20, (8, 8, 1), 3, widths=(4, 4, 8), ratio=4, norm="layer")
    assert model.name == "se_resnet_20"
    blocks = [layer for layer in model.layers if layer.name.startswith("stage")]
    assert len(blocks) == 9
    assert all(type(block.branch[-1]) is SqueezeExcite and block.branch[-1].ratio == 4 for block in blocks)


@pytest.mark.parametrize(
    ("ratio", "message"),
    [(0, "^Received ratio=0; expected a whole number of 1 or more. 16"), (16, "^Received ratio=16 for 8 channels")],
)
def test_bad_ratio(ratio, message):
    with pytest.raises(ValueError, match=message):
        se_resnet(20, (8, 8, 1), 3, widths=(8, 16, 16), ratio=ratio)
