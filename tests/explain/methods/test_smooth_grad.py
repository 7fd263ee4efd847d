"""SmoothGrad of a linear network is its slope, whatever the noise; same seed, same maps."""

import numpy as np
import pytest

from atolye.explain import smooth_grad


def test_the_slope_with_the_largest_size(flat_net, image):
    model, kernel = flat_net
    found = smooth_grad(model, image, target=1, copies=3)
    slope = kernel[..., 1]
    strongest = np.abs(slope).argmax(-1)[..., None]
    np.testing.assert_allclose(found.maps[0], np.take_along_axis(slope, strongest, -1)[..., 0], rtol=1e-5)
    assert found.magnitude
    np.testing.assert_allclose(found.normalised.max(), 1)


def test_refusals(flat_net, image):
    with pytest.raises(ValueError, match="Received copies=0, noise=0.15"):
        smooth_grad(flat_net[0], image, copies=0)
    with pytest.raises(ValueError, match="Received copies=25, noise=-1"):
        smooth_grad(flat_net[0], image, noise=-1)
