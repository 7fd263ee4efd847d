import numpy as np
import pytest

from atolye.layers import SqueezeExcite

IMAGES = np.random.default_rng(0).normal(size=(3, 4, 5, 8)).astype("float32")


def test_by_hand(randomize):
    layer = SqueezeExcite(4)
    layer.build(IMAGES.shape)
    reduce, reduce_bias, excite, excite_bias = randomize(layer).get_weights()
    means = IMAGES.mean(axis=(1, 2))
    hidden = np.maximum(means @ reduce + reduce_bias, 0)
    gate = 1 / (1 + np.exp(-(hidden @ excite + excite_bias)))
    np.testing.assert_allclose(layer(IMAGES), IMAGES * gate[:, None, None, :], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("ratio", "message"),
    [
        (0, r"^Received ratio=0; expected a whole number of 1 or more\. 16 is the paper's\.$"),
        (
            16,
            "^Received ratio=16 for 8 channels; expected at most 8, since no hidden unit would be left. Take a smaller",
        ),
    ],
)
def test_bad_ratio(ratio, message):
    with pytest.raises(ValueError, match=message):
        SqueezeExcite(ratio)(IMAGES)
