"""Images without content."""

import numpy as np

from atolye.explain.methods.neutral import neutral_images

IMAGES = np.array([[[[1.0, 10.0], [3.0, 30.0]]], [[[5.0, 0.0], [5.0, 0.0]]]])  # (2, 1, 2, 2)


def test_mean_colour_of_each_image_or_what_is_given():
    np.testing.assert_array_equal(neutral_images(IMAGES)[:, 0], [[[2, 20]] * 2, [[5, 0]] * 2])
    assert neutral_images(IMAGES, 7).tolist() == np.full(IMAGES.shape, 7.0).tolist()
    np.testing.assert_array_equal(neutral_images(IMAGES, [1, 2])[1, 0, 1], [1, 2])
