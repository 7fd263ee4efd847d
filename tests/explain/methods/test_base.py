"""A task is checked before any work, and its answers become fixed targets once."""

import numpy as np
import pytest

from atolye.explain.methods.base import make_task


def test_answers_become_targets(hand_net, image):
    task = make_task(hand_net, np.concatenate([image, -image]), target=None)
    fixed = task.with_answers()
    assert fixed.classes.tolist() == np.asarray(hand_net(task.inputs.images)).argmax(-1).tolist()
    assert fixed.answer is task.answer
    assert make_task(hand_net, image, target=2).with_answers().classes.tolist() == [2]


def test_refusals(hand_net, image):
    with pytest.raises(ValueError, match="Received batch_size=0; expected 1 or more"):
        make_task(hand_net, image, target=None, batch_size=0)
    with pytest.raises(ValueError, match="Received target=3; model 'hand_net' has the classes 0 to 2"):
        make_task(hand_net, image, target=3)
