"""The saved model: one file with weights and card; what is not one is refused."""

import json
import subprocess
import sys
import zipfile
from dataclasses import replace

import keras
import numpy as np
import pytest

from atolye.models import whitened_cnn
from atolye.runs import ModelCard, load_artefact, read_card, save_artefact
from atolye.train.losses import SmoothedSparseCategoricalCrossentropy
from atolye.train.metrics import FBeta
from atolye.train.optimizers import muon_with_sgd
from atolye.train.schedules import make_schedule

CARD = ModelCard("table", "classification", ("hayır", "evet"), (3,), encoder={"columns": []}, provenance={"name": "x"})


@pytest.fixture
def model(seeded):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def test_model_and_card_survive_the_round_trip(model, tmp_path):
    save_artefact(model, tmp_path / "model.keras", CARD)
    assert read_card(tmp_path / "model.keras") == CARD
    x = np.ones((2, 3), "float32")
    loaded = load_artefact(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    # Keras itself reads the file too: the card is only one more member of the archive.
    assert keras.saving.load_model(tmp_path / "model.keras").count_params() == 8
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]


def test_a_new_process_loads_what_our_own_parts_trained(tmp_path):
    """Loss, optimizer and schedule are known by name only where the modules that register them are imported."""
    model = whitened_cnn((8, 8, 3), 3, widths=(8, 8))
    rates = make_schedule("triangular", 0.1, 10)
    model.compile(muon_with_sgd(model, rates), SmoothedSparseCategoricalCrossentropy(0.2), metrics=[FBeta()])
    path = tmp_path / "model.keras"
    save_artefact(model, path, replace(CARD, kind="image", input_shape=(8, 8, 3)))
    program = (
        "import sys; from atolye.runs import load_artefact; model = load_artefact(sys.argv[1]);"
        "print(type(model.loss).__name__, [part.name for part in model.optimizer.optimizers])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    assert done.stdout == "SmoothedSparseCategoricalCrossentropy ['head', 'shifts', 'muon']\n"


def test_the_card_is_plain_json(model, tmp_path):
    save_artefact(model, tmp_path / "model.keras", CARD)
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert json.loads(archive.read("atolye.json"))["class_names"] == ["hayır", "evet"]


def test_another_suffix_is_refused(model, tmp_path):
    with pytest.raises(ValueError, match="must end in '.keras'; received 'model.h5'"):
        save_artefact(model, tmp_path / "model.h5", CARD)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut short"])
def test_what_is_not_an_archive_is_refused(tmp_path, content):
    (tmp_path / "model.keras").write_bytes(content)
    for read in (read_card, load_artefact):
        with pytest.raises(ValueError, match="is not a .keras file: it is not a zip archive, or it is cut short"):
            read(tmp_path / "model.keras")


def test_a_zip_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ValueError, match="is not a .keras file: it holds no config.json"):
        read_card(tmp_path / "model.keras")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no model at .*absent.keras"):
        load_artefact(tmp_path / "absent.keras")


def test_a_model_without_a_card_is_told_apart(model, tmp_path):
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "plain.keras")
    with pytest.raises(ValueError, match="plain.keras holds no atolye card"):
        read_card(tmp_path / "plain.keras")
    assert load_artefact(tmp_path / "plain.keras").count_params() == 8


def test_a_lambda_is_refused(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x * 2)])
    model.save(tmp_path / "lambda.keras")
    with pytest.raises(ValueError, match="holds a Lambda layer, which can run any code when it is loaded; refused"):
        load_artefact(tmp_path / "lambda.keras")
