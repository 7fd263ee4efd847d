"""Scores of changed copies are those of the model."""

import numpy as np

from atolye.explain.methods.base import make_task
from atolye.explain.methods.masked_scores import masked_scores


def test_batches_of_copies_of_one_image(hand_net, image):
    images = np.concatenate([image, image * 2])
    task = make_task(hand_net, images, target=[0, 2]).with_answers()
    copies = [images[1:] * 0, np.concatenate([images[1:], images[1:] * 3])]
    expected = np.asarray(hand_net(np.concatenate(copies)))[:, 2]
    np.testing.assert_allclose(masked_scores(task, 1, copies), expected, rtol=1e-6)
