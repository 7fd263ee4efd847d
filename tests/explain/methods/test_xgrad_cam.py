"""XGrad-CAM by its formula; a silent channel adds nothing."""

import numpy as np

from atolye.explain import grad_cam, xgrad_cam


def test_slopes_weighted_by_activity(flat_net, image):
    model, kernel = flat_net
    weights = (kernel[..., 1] * image[0]).sum((0, 1)) / image[0].sum((0, 1))
    np.testing.assert_allclose(xgrad_cam(model, image, target=1).maps[0], image[0] @ weights, rtol=1e-5, atol=1e-7)


def test_an_even_slope_gives_grad_cam(hand_net, image):
    np.testing.assert_allclose(
        xgrad_cam(hand_net, image, target=0).maps, grad_cam(hand_net, image, target=0).maps, rtol=1e-6
    )


def test_a_silent_channel(hand_net, image):
    silent = image.copy()
    silent[..., 1] = 0
    np.testing.assert_allclose(xgrad_cam(hand_net, silent, target=0).maps[0], silent[0, ..., 0] / 4, rtol=1e-6)
