"""Which model a name means."""

import keras
import pytest

from atolye.cli.model_argument import find_model, parse_shape


@pytest.mark.parametrize(("text", "shape"), [("32,32,3", (32, 32, 3)), ("8x8x1", (8, 8, 1)), ("30", (30,))])
def test_shapes(text, shape):
    assert parse_shape(text) == shape


@pytest.mark.parametrize("text", ["", "8,", "8,0", "8,-1", "8;8"])
def test_shapes_that_are_none(text):
    with pytest.raises(ValueError, match=f"Received the shape '{text}'; expected whole numbers of 1 or more"):
        parse_shape(text)


def test_a_builder_with_and_without_a_depth(tmp_path):
    assert find_model("cnn", runs_dir=tmp_path).output_shape == (None, 10)
    network = find_model("ResNet-20", runs_dir=tmp_path, num_classes=7)
    assert (network.input_shape, network.output_shape) == ((None, 32, 32, 3), (None, 7))
    with pytest.raises(ValueError, match="'resnet' needs its depth behind its name, such as resnet20"):
        find_model("resnet", runs_dir=tmp_path)
    with pytest.raises(ValueError, match="'multi_output' also needs num_aux_classes; build it in Python"):
        find_model("multi_output", runs_dir=tmp_path)


def test_a_network_of_keras_has_its_published_sizes(tmp_path):
    with keras.StatelessScope():  # its weights need not be drawn
        network = find_model("vgg16", runs_dir=tmp_path)
        small = find_model("VGG16", runs_dir=tmp_path, input_shape=(32, 32, 3), num_classes=5)
    assert (network.input_shape, network.output_shape) == ((None, 224, 224, 3), (None, 1000))
    assert (small.input_shape, small.output_shape) == ((None, 32, 32, 3), (None, 5))


def test_a_run_and_its_file(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "run.json").write_text('{"kind": "training"}')
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(folder / "model.keras")
    for name in ("photos", str(folder), str(folder / "model.keras")):
        assert find_model(name, runs_dir=tmp_path).count_params() == 8
    with pytest.raises(FileNotFoundError, match="'fotos' is no .keras file, .* Did you mean 'photos'?"):
        find_model("fotos", runs_dir=tmp_path)
