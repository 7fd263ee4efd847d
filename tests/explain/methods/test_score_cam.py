"""Score-CAM written out for one image; the cap on channels; constant channels are passed over."""

import numpy as np
import pytest
from scipy.special import softmax

from atolye.explain import score_cam


def test_algorithm_1_written_out(hand_net, image):
    predict = lambda batch: np.asarray(hand_net(batch))[:, 2]  # noqa: E731
    channels = image[0]
    seen = (channels - channels.min((0, 1))) / (channels.max((0, 1)) - channels.min((0, 1)))
    rise = [float(predict(image * seen[None, ..., [k]])[0] - predict(image * 0)[0]) for k in range(2)]
    expected = channels @ softmax(rise)
    np.testing.assert_allclose(score_cam(hand_net, image, target=2, fill=0).maps[0], expected, rtol=1e-5)


def test_only_the_channels_that_vary_most(hand_net, image):
    found = score_cam(hand_net, image, target=2, max_channels=1)  # the second varies more: the weight of one is 1
    np.testing.assert_allclose(found.maps[0], image[0, ..., 1], rtol=1e-6)
    with pytest.raises(ValueError, match="Received max_channels=0"):
        score_cam(hand_net, image, max_channels=0)


def test_an_even_image_is_flat(hand_net):
    found = score_cam(hand_net, np.ones((1, 2, 2, 2)))
    assert found.flat.tolist() == [True] and not found.maps.any()
