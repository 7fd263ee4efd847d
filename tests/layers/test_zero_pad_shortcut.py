import numpy as np
import pytest

from atolye.layers import ZeroPadShortcut


@pytest.mark.parametrize("side", [4, 5])
def test_every_second_pixel_and_channels_of_zeros(side):
    images = np.random.default_rng(0).normal(size=(2, side, side, 3)).astype("float32")
    outputs = np.asarray(ZeroPadShortcut(5, strides=2)(images))
    assert outputs.shape == (2, -(-side // 2), -(-side // 2), 5)
    np.testing.assert_array_equal(outputs[..., :3], images[:, ::2, ::2])
    assert not outputs[..., 3:].any()


def test_channels_cannot_be_taken_away():
    with pytest.raises(
        ValueError, match=r"^Received filters=2 on 3 channels; expected 3 or more.* shortcut='projection'\.$"
    ):
        ZeroPadShortcut(2)(np.zeros((1, 4, 4, 3)))


def test_strides_larger_than_the_image_are_refused():
    with pytest.raises(ValueError, match="^Received strides=9 x 9 for images of 4 x 4 pixels; expected at most 4 x 4"):
        ZeroPadShortcut(8, strides=9).build((1, 4, 4, 8))
