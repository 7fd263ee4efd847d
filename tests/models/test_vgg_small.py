import keras
import numpy as np
import pytest

from atolye.models import vgg_small


def test_parameters_by_hand():
    convolutions = 9 * (3 * 32 + 32 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 128 * 128)
    assert vgg_small((32, 32, 3), 10).count_params() == convolutions + 4 * 2 * (32 + 64 + 128) + 129 * 10


@pytest.mark.parametrize("downsampling", ["max", "average", "strides"])
@pytest.mark.parametrize("pooling", ["average", "max"])
def test_ways_to_halve_and_to_pool(downsampling, pooling):
    model = vgg_small((12, 13, 1), 3, widths=(4, 8), downsampling=downsampling, pooling=pooling)
    assert model.get_layer("pool").input.shape == ((None, 3, 4, 8) if downsampling == "strides" else (None, 3, 3, 8))
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("MaxPooling2D") == (2 if downsampling == "max" else 0)
    assert kinds.count("AveragePooling2D") == (2 if downsampling == "average" else 0)
    assert ("GlobalMaxPooling2D" in kinds) == (pooling == "max")
    np.testing.assert_allclose(np.sum(model(np.zeros((2, 12, 13, 1))), axis=1), 1.0, rtol=1e-5)


def test_options_reach_the_layers_and_the_file(tmp_path):
    model = vgg_small(
        (10, 10, 1), 0, widths=(4, 6), convolutions=3, kernel_size=5, norm="layer", activation="tanh", task="regression"
    )
    blocks = [layer for layer in model.layers if layer.name.startswith("stage") and "block" in layer.name]
    assert len(blocks) == 6
    assert {(block.kernel_size, block.norm, block.activation) for block in blocks} == {((5, 5), "layer", "tanh")}
    assert len(model.losses) == 6
    model.save(tmp_path / "model.keras")
    images = np.random.default_rng(0).integers(0, 256, (2, 10, 10, 1))
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(images), model(images))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"input_shape": (11, 32, 3)},
            "^Received images of 11 x 32 pixels; expected at least 12 x 12, since 3 stages halve them before a filter "
            "of 3 x 3. Take larger images, fewer widths or a smaller filter.$",
        ),
        ({"kernel_size": 9}, "^Received images of 32 x 32 pixels; expected at least 36 x 36"),
        ({"kernel_size": 0}, "^Received kernel_size=0; expected a whole number of 1 or more. 3 is the usual one.$"),
        ({"convolutions": 0}, "^Received convolutions=0; expected a whole number of 1 or more. 2 is the usual one.$"),
        (
            {"downsampling": "min"},
            "^Received downsampling='min'; expected one of 'max', 'average', 'strides'. VGG pools",
        ),
        (
            {"pooling": "flatten"},
            "^Received pooling='flatten'; expected one of 'average', 'max'. 'average' is the usual",
        ),
        ({"norm": "instance"}, "^Received norm='instance'; expected one of 'batch', 'layer', 'group', 'none'"),
        ({"dropout": -0.1}, "^Received dropout=-0.1"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        vgg_small(**{"input_shape": (32, 32, 3), "num_classes": 10} | arguments)
