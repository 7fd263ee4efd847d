"""Grad-CAM by hand, and equal to CAM and HiResCAM under a global-average head."""

import numpy as np

from atolye.explain import grad_cam, hires_cam


def test_the_exact_map(hand_net, image):
    found = grad_cam(hand_net, image, target=0)
    np.testing.assert_allclose(found.maps[0], [[0.25, 1.0], [0.75, 2.0]], rtol=1e-6)
    np.testing.assert_allclose(found.normalised[0], [[0.125, 0.5], [0.375, 1.0]], rtol=1e-6)
    assert (found.method, found.layer, found.targets.tolist()) == ("grad_cam", "maps", [0])
    np.testing.assert_allclose(found.scores, np.asarray(hand_net(image))[:, 0], rtol=1e-6)


def test_evidence_against_a_class_is_flagged_and_kept_raw(hand_net, image):
    found = grad_cam(hand_net, image, target=1)
    np.testing.assert_allclose(found.maps[0], [[-0.25, -1.25], [-0.75, -3.0]], rtol=1e-6)
    assert found.flat.tolist() == [True] and not found.normalised.any()
    assert found.reasons[0].startswith("nothing at layer 'maps' speaks for class 1: every value is 0 or below")


def test_it_is_cam_under_a_global_average(hand_net, image):
    weights = np.asarray(hand_net.layers[-1].kernel)[:, 2]
    np.testing.assert_allclose(grad_cam(hand_net, image, target=2).maps[0], image[0] @ weights / 4, atol=1e-6)
    np.testing.assert_array_equal(grad_cam(hand_net, image, target=2).maps, hires_cam(hand_net, image, target=2).maps)
