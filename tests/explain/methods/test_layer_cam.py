"""LayerCAM by hand."""

import numpy as np

from atolye.explain import layer_cam


def test_only_positive_slopes_count(hand_net, flat_net, image):
    np.testing.assert_allclose(layer_cam(hand_net, image, target=2).maps[0], image[0, ..., 0] / 4, rtol=1e-6)
    model, kernel = flat_net
    expected = (np.maximum(kernel[..., 1], 0) * image[0]).sum(-1)
    np.testing.assert_allclose(layer_cam(model, image, target=1).maps[0], expected, rtol=1e-5, atol=1e-7)
