"""Grad-CAM++ by the paper's equation 19, written out."""

import numpy as np

from atolye.explain import grad_cam_plus_plus


def test_the_exact_map(hand_net, image):
    # w_k = sum_ij 1 / (2 + S_k g) max(g, 0), S = (6, 5), g = (1/4, 1/2)
    weights = [4 / (2 + 6 / 4) / 4, 4 / (2 + 5 / 2) / 2]
    np.testing.assert_allclose(grad_cam_plus_plus(hand_net, image, target=0).maps[0], image[0] @ weights, rtol=1e-6)
    # A negative slope counts nothing: channel 0 alone.
    np.testing.assert_allclose(
        grad_cam_plus_plus(hand_net, image, target=2).maps[0], image[0, ..., 0] * weights[0], rtol=1e-6
    )


def test_against_the_equation_with_slopes_that_differ(flat_net, image):
    model, kernel = flat_net
    g, a = kernel[..., 1].astype("float64"), image[0].astype("float64")
    alpha = g**2 / (2 * g**2 + a.sum(axis=(0, 1)) * g**3)
    weights = (alpha * np.maximum(g, 0)).sum(axis=(0, 1))
    np.testing.assert_allclose(grad_cam_plus_plus(model, image, target=1).maps[0], a @ weights, rtol=1e-5, atol=1e-7)


def test_no_slope_no_map_and_no_nan(hand_net, image):
    hand_net.layers[-1].kernel.assign(np.zeros((2, 3)))
    found = grad_cam_plus_plus(hand_net, image, target=0)
    assert found.flat.tolist() == [True] and not found.maps.any()
