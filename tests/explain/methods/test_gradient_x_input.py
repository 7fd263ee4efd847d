"""Gradient times input of a linear network is its sum, term by term."""

import numpy as np

from atolye.explain import gradient_x_input


def test_terms_of_a_linear_score(flat_net, image):
    model, kernel = flat_net
    found = gradient_x_input(model, image, target=1)
    np.testing.assert_allclose(found.maps[0], (kernel[..., 1] * image[0]).sum(-1), rtol=1e-5, atol=1e-7)
    assert found.layer is None


def test_a_score_that_does_not_depend_on_the_image(hand_net, image):
    hand_net.layers[-1].kernel.assign(np.zeros((2, 3)))
    assert gradient_x_input(hand_net, image).reasons == ("the score does not depend on the image: every value is 0",)
