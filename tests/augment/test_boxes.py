import numpy as np
from keras import ops

from atolye.augment.boxes import boxes_around, paste_arrays, paste_tensors


def test_boxes_are_cut_off_at_the_border():
    centres = np.array([0.5, 0.0, 0.99], "float32")
    edges = boxes_around((centres, centres), (4.0, 3.0), (10, 8), np)
    top, bottom, left, right = (edge.tolist() for edge in edges)
    assert (top, bottom) == ([3, 0, 7], [7, 2, 10])
    assert (left, right) == ([3, 0, 6], [6, 2, 8])


def test_pasting_images_and_values():
    images, source = np.zeros((2, 3, 3, 1), "uint8"), np.full((2, 3, 3, 1), 7, "uint8")
    boxes = tuple(np.array(edge, "float32") for edge in ([0, 1], [2, 1], [1, 0], [3, 3]))
    pasted = paste_arrays(images, boxes, source)
    assert pasted[0, ..., 0].tolist() == [[0, 7, 7], [0, 7, 7], [0, 0, 0]]
    assert not pasted[1].any()  # an empty box
    assert np.array_equal(paste_arrays(images, boxes, np.array([7, 7], "uint8")), pasted)
    tensors = paste_tensors(ops.convert_to_tensor(images), boxes, ops.convert_to_tensor(source))
    assert np.array_equal(tensors, pasted) and not images.any()
