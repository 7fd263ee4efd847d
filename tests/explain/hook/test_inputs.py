"""Images are checked once: shape, size, range, finite; several inputs go together."""

import keras
import numpy as np
import pytest

from atolye.explain.hook.inputs import Inputs, picture_in, with_picture

L = keras.layers


@pytest.fixture
def model():
    layers = [L.Rescaling(1 / 255), L.Conv2D(2, 3), L.GlobalMaxPooling2D(), L.Dense(2)]
    return keras.Sequential([keras.Input((6, 6, 3)), *layers], name="net")


def test_uint8_and_lists_become_float32(model):
    inputs = Inputs(model, np.full((2, 6, 6, 3), 7, "uint8").tolist())
    assert (inputs.images.dtype, inputs.images.shape, len(inputs)) == (np.float32, (2, 6, 6, 3), 2)
    assert inputs.take([1]).shape == (1, 6, 6, 3)


def test_a_list_of_one_array_is_passed_on_as_a_list(model):
    inputs = Inputs(model, [np.full((2, 6, 6, 3), 7.0)])
    assert isinstance(inputs.take([0]), list) and len(inputs) == 2
    assert len(Inputs(model, [np.full((6, 6, 3), 7.0)] * 3)) == 3


def test_several_inputs_are_taken_together():
    image, row = keras.Input((4, 4, 1), name="image"), keras.Input((3,), name="row")
    both = L.Concatenate()([L.Flatten()(image), row])
    model = keras.Model({"image": image, "row": row}, L.Dense(2)(both))
    pixels, rows = np.zeros((2, 4, 4, 1)), np.arange(6.0).reshape(2, 3)
    inputs = Inputs(model, {"image": pixels, "row": rows})
    other = inputs.take([1, 1], np.ones((2, 4, 4, 1), "float32"))
    np.testing.assert_array_equal(other["row"], rows[[1, 1]])
    assert other["image"].min() == 1
    assert picture_in(other) is other["image"]
    assert with_picture(other, "new") == {"image": "new", "row": other["row"]}


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((6, 6, 3)), r"shape \(6, 6, 3\); expected images of .* Give one image as images\[None\]"),
        (np.zeros((0, 6, 6, 3)), r"Received inputs of shape \(0, 6, 6, 3\)"),
        (np.zeros((1, 9, 6, 3)), "Received images of 9 x 6 x 3; model 'net' reads 6 x 6 x 3. Resize them"),
        (np.full((1, 6, 6, 3), np.nan), "values that are no finite numbers"),
        (
            np.full((1, 6, 6, 3), 0.5),
            r"images in \[0, 0.5\]; model 'net' divides by 255 itself .* Multiply them by 255",
        ),
    ],
)
def test_refusals(model, images, words):
    with pytest.raises(ValueError, match=words):
        Inputs(model, images)


def test_no_model_and_an_unbuilt_one():
    with pytest.raises(ValueError, match="Received a str; expected a keras.Model"):
        Inputs("net", np.zeros((1, 2, 2, 1)))
    with pytest.raises(ValueError, match="Model 'late' is not built"):
        Inputs(keras.Sequential([L.Dense(2)], name="late"), np.zeros((1, 2, 2, 1)))


def test_a_network_of_another_range_takes_small_numbers():
    model = keras.Sequential([keras.Input((2, 2, 1)), L.Conv2D(1, 1), L.Flatten()])
    assert Inputs(model, np.full((1, 2, 2, 1), 0.5)).images.max() == 0.5
