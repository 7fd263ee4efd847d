import keras
import numpy as np
import pytest

from atolye.layers import ConvBlock, DepthwiseSeparableConv
from atolye.models import separable_cnn


def test_parameters_by_hand():
    pairs = ((32, 32), (32, 64), (64, 64), (64, 128), (128, 128))
    first = 9 * 3 * 32 + 4 * 32
    others = sum(9 * c + c * f + 4 * (c + f) for c, f in pairs)
    assert separable_cnn((32, 32, 3), 10).count_params() == first + others + 129 * 10


def test_all_but_the_first_are_separable(tmp_path):
    model = separable_cnn((8, 8, 1), 2, widths=(4, 8), downsampling="strides", norm="group", l2=0.5)
    blocks = [layer for layer in model.layers if layer.name.startswith("stage")]
    assert [type(block) for block in blocks] == [ConvBlock] + 3 * [DepthwiseSeparableConv]
    assert [block.strides for block in blocks] == [(1, 1), (2, 2), (1, 1), (2, 2)]
    assert len(model.losses) == 4
    model.save(tmp_path / "model.keras")
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 1))
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(images), model(images))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"input_shape": (8, 8, 3)},
            "^Received images of 8 x 8 pixels; expected at least 12 x 12, since 3 stages halve",
        ),
        (
            {"downsampling": "none"},
            "^Received downsampling='none'; expected one of 'max', 'average', 'strides'. 'max' is",
        ),
        ({"widths": ()}, r"^Received widths=\(\); expected one or more"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        separable_cnn(**{"input_shape": (32, 32, 3), "num_classes": 10} | arguments)
