"""Pictures that a run keeps."""

import numpy as np
import pandas as pd

from atolye.data import load_dataset
from atolye.train.pictures import save_pictures


def predictions(dataset, wrong):
    test = dataset.test
    frame = pd.DataFrame({"split": "test", "id": test.ids, "target": test.targets, "prediction": test.targets})
    frame["confidence"] = 0.9
    frame.loc[: wrong - 1, "prediction"] = (frame["target"] + 1) % dataset.num_classes
    return frame


def test_samples_always_and_mistakes_where_there_are_some(tmp_path):
    dataset = load_dataset("digits")
    save_pictures(tmp_path / "right", dataset, predictions(dataset, 0))
    assert [path.name for path in (tmp_path / "right").iterdir()] == ["samples.png"]
    save_pictures(tmp_path / "wrong", dataset, predictions(dataset, 3))
    assert sorted(path.name for path in (tmp_path / "wrong").iterdir()) == ["mistakes.png", "samples.png"]
    first = (tmp_path / "right" / "samples.png").read_bytes()
    assert first == (tmp_path / "wrong" / "samples.png").read_bytes()  # no date, no random order


def test_the_pictures_are_those_of_the_mistakes(tmp_path, monkeypatch):
    dataset, shown = load_dataset("digits"), []
    frame = predictions(dataset, 0)
    frame.loc[[40, 7], "prediction"] = (frame["target"] + 1) % 10
    frame.loc[40, "confidence"] = 0.95
    monkeypatch.setattr("atolye.train.pictures.image_grid", lambda images, titles: shown.append(images) or figure)
    figure = dataset.sample_grid(count=1)
    save_pictures(tmp_path, dataset, frame)
    np.testing.assert_array_equal(shown[0], np.asarray(dataset.test.inputs)[[40, 7]])


def test_tables_have_no_pictures(tmp_path):
    dataset = load_dataset("breast_cancer")
    save_pictures(tmp_path / "figures", dataset, predictions(dataset, 3))
    assert not (tmp_path / "figures").exists()
