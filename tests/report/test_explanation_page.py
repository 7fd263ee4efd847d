"""What `explain_files` leaves: a page in both languages, overlays, raw maps; classes by name; refusals."""

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from atolye.report.explanation_page import class_id, explain_files, file_names
from atolye.runs import ModelCard, Predictor, save_artefact

L = keras.layers
NAMES = ("kedi", "köpek", "kuş")
CARD = ModelCard("image", "classification", NAMES, (8, 8, 3))


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    layers = [L.Rescaling(1 / 255), L.Conv2D(4, 3, activation="relu", name="conv"), L.GlobalAveragePooling2D()]
    return keras.Sequential([keras.Input((8, 8, 3)), *layers, L.Dense(3, "softmax")], name="net")


@pytest.fixture
def files(tmp_path):
    random = np.random.default_rng(0)
    paths = [tmp_path / "photos" / name for name in ("a/cat.png", "b/cat.png", "b/bad.png")]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (12, 10, 3), dtype="uint8")).save(path)
    paths[-1].write_bytes(b"no image")
    return paths


def test_page_overlays_and_raw_maps(model, files, tmp_path):
    out = tmp_path / "out"
    found = explain_files(model, CARD, files, out, name="pets", target="köpek", check=True, lang="tr")
    assert sorted(path.name for path in (out / "maps").iterdir()) == ["cat-2.npy", "cat-2.png", "cat.npy", "cat.png"]
    raw = np.load(out / "maps/cat.npy")
    assert (raw.shape, raw.dtype) == ((8, 8), np.float32)
    assert found.table["explained"].tolist() == ["köpek", "köpek"]
    assert set(found.table["prediction"]) <= set(NAMES)
    assert (found.table["confidence"] >= found.table["score"] - 1e-6).all()
    assert [Path(path).name for path, _ in found.unreadable] == ["bad.png"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "Grad-CAM" in page and "bad.png" in page
    assert "Haritalara ne kadar güvenilir?" in page and "How far are the maps to be trusted?" in page
    info = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert info["kind"] == "explanation"
    assert info["explanation"] == {"model": "pets", "method": "grad_cam", "layer": "conv", "images": 2}


def test_every_method_has_its_words(model):
    from atolye.explain import METHODS
    from atolye.report.explanation_page import TEXTS
    from atolye.report.texts import Texts

    texts = Texts(TEXTS)
    for method in METHODS:
        assert {"tr", "en"} <= texts.text(f"{method}.title").keys() and texts.text(f"{method}.text")["tr"]
        assert texts.strings(f"{method}.paper")


def test_flat_maps_are_told(model, files, tmp_path):
    dead = keras.models.clone_model(model)
    for variable in dead.trainable_variables:
        variable.assign(keras.ops.zeros_like(variable))
    found = explain_files(dead, CARD, files[:1], tmp_path / "out")
    assert found.table["flat"][0].startswith("the score does not depend on layer 'conv'")
    assert "point nowhere and are drawn empty" in (tmp_path / "out/report.html").read_text(encoding="utf-8")


def test_other_ranges_of_pixels(files, tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 3)), L.Conv2D(2, 3), L.GlobalMaxPooling2D(), L.Dense(3, "softmax")])
    card = ModelCard("image", "classification", (), (8, 8, 3))
    found = explain_files(model, card, files[:1], tmp_path / "out", value_range=(-1, 1), target=2)
    assert found.table["explained"].tolist() == ["2"]


def test_a_regression_has_a_value_and_no_confidence(files, tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 3)), L.Conv2D(2, 3), L.GlobalMaxPooling2D(), L.Dense(1)])
    found = explain_files(model, ModelCard("image", "regression", (), (8, 8, 3)), files[:1], tmp_path / "out")
    assert found.table["prediction"].tolist() == [f"{found.table['score'][0]:.4g}"]
    assert found.table["confidence"].isna().all() and found.table["explained"].tolist() == ["value"]


def test_a_model_that_is_asked_over_views_is_explained_for_that_answer(files, tmp_path):
    """Left against right: one look and the mirror image disagree, and the third class wins over both."""
    left, right = np.zeros((8, 8, 3, 1), "float32"), np.zeros((8, 8, 3, 1), "float32")
    left[:, :4], right[:, 4:] = 1 / 96, 1 / 96
    kernel = np.concatenate([left, right, 0.9 * (left + right)], axis=-1)  # the third: nearly as sure of either
    inputs = keras.Input((8, 8, 3))
    shown = L.Conv2D(3, 8, use_bias=False, name="conv")(L.Rescaling(1 / 255)(inputs))
    model = keras.Model(inputs, L.Softmax()(L.Rescaling(4.0)(L.Flatten()(shown))))
    model.get_layer("conv").set_weights([kernel])
    picture = np.zeros((8, 8, 3), "uint8")
    picture[:, 4:] = 255
    path = tmp_path / "right.png"
    Image.fromarray(picture).save(path)
    one_look = explain_files(model, CARD, [path], tmp_path / "one", method="gradient_x_input")
    assert one_look.table["prediction"].tolist() == one_look.table["explained"].tolist() == ["köpek"]
    card = replace(CARD, views="flip")
    path_model = tmp_path / "model.keras"
    save_artefact(model, path_model, card)
    found = explain_files(model, card, [path], tmp_path / "two", method="gradient_x_input")
    as_predicted, _ = Predictor(path_model).predict_files([path])
    assert found.table["prediction"].tolist() == found.table["explained"].tolist()
    assert found.table["prediction"].tolist() == as_predicted["prediction"].tolist()
    assert found.table["confidence"][0] == pytest.approx(as_predicted["confidence"][0], abs=1e-6)
    assert found.table["confidence"][0] < one_look.table["confidence"][0] - 0.1
    told = "the mean answer to 2 views of each image"
    assert told in (tmp_path / "two/report.html").read_text(encoding="utf-8")
    assert told not in (tmp_path / "one/report.html").read_text(encoding="utf-8")
    asked = explain_files(model, card, [path], tmp_path / "three", method="gradient_x_input", target="kuş")
    assert asked.table["explained"].tolist() == ["kuş"]


def test_names():
    assert class_id(None, NAMES) is None and class_id("kuş", NAMES) == 2 and class_id("1", NAMES) == 1
    with pytest.raises(ValueError, match="the model has no class 'kopek'; expected kedi, köpek, kuş. Did you mean 'kö"):
        class_id("kopek", NAMES)
    assert file_names(["x/a.png", "y/a.jpg", "b.png", "z/a.gif"]) == ["a", "a-2", "b", "a-3"]


def test_refusals(model, files, tmp_path):
    with pytest.raises(ValueError, match="none of the 1 files could be read"):
        explain_files(model, CARD, files[-1:], tmp_path / "out")
    with pytest.raises(ValueError, match="this model reads table rows"):
        explain_files(model, ModelCard("table", "classification", NAMES, (4,)), files, tmp_path / "out")
    with pytest.raises(ValueError, match="Received method='cam'; expected one of"):
        explain_files(model, CARD, files[:1], tmp_path / "out", method="cam")
    assert not (tmp_path / "out").exists()
