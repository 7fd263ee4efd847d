"""Maps of a run's mistakes and unsure hits, of the right images; duplicates; no maps where there is no picture."""

import json

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from atolye.data import load_dataset, select_classes
from atolye.explain import grad_cam
from atolye.models import cnn
from atolye.train.explanations import _chosen, save_explanations


@pytest.fixture(scope="module")
def dataset():
    return load_dataset("shapes", num_examples=120, image_size=16)


def predictions(dataset, wrong):
    test = dataset.test
    frame = pd.DataFrame({"split": "test", "id": test.ids, "target": test.targets, "prediction": test.targets})
    frame["confidence"] = np.linspace(0.5, 0.9, len(frame))
    frame.loc[frame.index[-wrong or len(frame) :], "prediction"] = (frame["target"] + 1) % dataset.num_classes
    validation = frame.assign(split="validation", prediction=0)
    return pd.concat([validation, frame], ignore_index=True)


def test_which_rows_are_shown(dataset):
    frame = predictions(dataset, 4)
    test = frame[frame["split"] == "test"].reset_index(drop=True)
    chosen = _chosen(test.assign(row=np.arange(len(test))))
    last = len(test) - 1
    assert chosen["mistakes"]["row"].tolist() == [last, last - 1, last - 2, last - 3]
    assert chosen["hits"]["row"].tolist() == list(range(8))
    assert set(chosen["pairs"]["row"]) <= set(chosen["mistakes"]["row"])
    right = test.assign(row=np.arange(len(test)), prediction=test["target"])
    assert list(_chosen(right)) == ["hits"]


def test_figures_and_their_words(dataset, tmp_path, monkeypatch):
    keras.utils.set_random_seed(0)
    explained, frame = [], predictions(dataset, 4)

    def watched(model, images, *, target):
        explained.append(images)
        said = frame[frame["split"] == "test"]["prediction"].to_numpy()
        shown = [*range(8), *range(len(said) - 4, len(said))]
        assert target == said[shown].tolist()  # the classes in the titles
        return grad_cam(model, images, target=target)

    monkeypatch.setattr("atolye.explain.grad_cam", watched)
    save_explanations(tmp_path, cnn((16, 16, 3), 10, widths=(8,)), dataset, frame)
    content = json.loads((tmp_path / "explanation.json").read_text(encoding="utf-8"))
    names = [f"explanation_{number}_{name}.png" for number, name in enumerate(("mistakes", "hits", "pairs"), start=1)]
    assert list(content["figures"]) == names == sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert content["figures"][names[1]]["alt"]["en"] == "The 8 least confident right answers, each with its map."
    assert "`activation" in content["text"]["tr"] and "Grad-CAM" in content["text"]["en"]
    assert content["duplicates"] == {"count": 0, "across_splits": 0, "pairs": []}
    with Image.open(tmp_path / "figures" / names[0]) as picture:
        assert picture.size[0] > 400
    rows = [*range(8), *range(len(dataset.test) - 4, len(dataset.test))]
    assert len(explained) == 1  # one pass for all figures, of the images that are named
    np.testing.assert_array_equal(explained[0], np.asarray(dataset.test.inputs)[rows])


def test_of_two_classes_too_the_titles_class_is_explained(tmp_path, monkeypatch):
    """Over several views the model may answer another class than for one look."""
    data = select_classes(load_dataset("shapes", num_examples=300, image_size=16), [0, 1])
    asked, frame = [], predictions(data, 2)

    def watched(model, images, *, target):
        asked.append(target)
        return grad_cam(model, images, target=target)

    monkeypatch.setattr("atolye.explain.grad_cam", watched)
    save_explanations(tmp_path, cnn((16, 16, 3), 2, widths=(8,)), data, frame)
    said = frame[frame["split"] == "test"]["prediction"].to_numpy()
    shown = sorted({*range(8), len(said) - 2, len(said) - 1})
    assert asked == [said[shown].tolist()] and {0, 1} == set(asked[0])


def test_a_mistake_of_ours_is_no_missing_picture(dataset, tmp_path, monkeypatch):
    def wrong(model, images, **options):
        raise ValueError("a slip in the method")

    monkeypatch.setattr("atolye.explain.grad_cam", wrong)
    with pytest.raises(ValueError, match="a slip in the method"):
        save_explanations(tmp_path, None, dataset, predictions(dataset, 2))


def test_an_mlp_has_no_maps_and_a_table_nothing(dataset, tmp_path):
    layers = keras.layers
    dense = keras.Sequential([keras.Input((16, 16, 3)), layers.Flatten(), layers.Dense(10, "softmax")])
    save_explanations(tmp_path, dense, dataset, predictions(dataset, 2))
    assert list(json.loads((tmp_path / "explanation.json").read_text(encoding="utf-8"))) == ["duplicates"]
    table = load_dataset("breast_cancer")
    save_explanations(tmp_path / "table", None, table, predictions(table, 2))
    assert not (tmp_path / "table").exists()
