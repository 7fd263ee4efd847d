"""HiResCAM adds up to the score."""

import numpy as np

from atolye.explain import hires_cam


def test_values_times_slope(flat_net, image):
    model, kernel = flat_net
    np.testing.assert_allclose(
        hires_cam(model, image, target=1).maps[0], (kernel[..., 1] * image[0]).sum(-1), rtol=1e-5, atol=1e-7
    )


def test_the_sum_is_the_logit(flat_net, image):
    model, kernel = flat_net
    logit = float((kernel[..., 2] * image[0]).sum())
    np.testing.assert_allclose(hires_cam(model, image, target=2).maps.sum(), logit, rtol=1e-5)
