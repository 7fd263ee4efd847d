import keras
import numpy as np
import pytest

from atolye.models.image_network import (
    Downsampling,
    answer,
    check_image_network,
    check_image_side,
    check_word,
    image_input,
)


@pytest.mark.parametrize(("pooling", "expected"), [("average", 1.5), ("max", 3.0)])
def test_from_pixels_in_0_to_255_to_an_answer(pooling, expected):
    inputs, x = image_input((2, 2, 1))
    model = answer(inputs, x, 0, pooling=pooling, dropout=0.5, task="regression", name="network")
    model.set_weights([np.ones((1, 1)), np.zeros(1)])
    images = 255 * np.arange(4, dtype="float32").reshape(1, 2, 2, 1)
    np.testing.assert_allclose(model(images), [[expected]], rtol=1e-6)
    assert [type(layer) for layer in model.layers][-2] is keras.layers.Dropout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"input_shape": (28, 28)},
            r"^Received input_shape=\(28, 28\); expected \(height, width, channels\), .* Pass for",
        ),
        (
            {"widths": (16, 0)},
            r"^Received widths=\(16, 0\); expected one or more sizes of 1 or more\. Pass the filters",
        ),
        ({"dropout": 1.0}, r"^Received dropout=1\.0; expected a share .* not including 1\. Pass 0 for none\.$"),
        ({"l2": -0.1}, r"^Received l2=-0\.1; expected 0 or more\. Pass 0 for none\.$"),
    ],
)
def test_bad_arguments(arguments, message):
    good = {"input_shape": (28, 28, 1), "widths": (16,), "dropout": 0.0, "l2": 0.0}
    check_image_network(**good)
    with pytest.raises(ValueError, match=message):
        check_image_network(**good | arguments)


def test_small_images_and_unknown_words():
    with pytest.raises(
        ValueError, match="^Received images of 7 x 9 pixels; expected at least 8 x 8, since so. Do that."
    ):
        check_image_side((7, 9, 3), 8, reason="so", fix="Do that.")
    with pytest.raises(
        ValueError, match="^Received downsampling='min'; expected one of 'max', 'average', 'strides'. Do that."
    ):
        check_word("downsampling", "min", Downsampling, fix="Do that.")
