"""Predicting from the saved file alone gives the run's own probabilities."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from atolye.runs import Predictor
from atolye.runs.predictor import prediction_frame


def test_single_files_in_a_new_process_give_the_runs_probabilities(photo_run, photo_folder, tmp_path):
    model = tmp_path / "elsewhere.keras"
    model.write_bytes(photo_run.model_path.read_bytes())
    expected = photo_run.predictions.query("split == 'test'").head(3)
    code = (
        "import sys, json; from atolye.runs import Predictor\n"
        "predictor = Predictor(sys.argv[1])\n"
        "one_by_one = [predictor.predict_files([path]) for path in sys.argv[2:]]\n"
        "print(json.dumps([frame.iloc[0, 3:].astype(float).tolist() for frame, bad in one_by_one if not bad]))"
    )
    command = [sys.executable, "-c", code, str(model), *(str(photo_folder / name) for name in expected["id"])]
    output = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    probabilities = json.loads(output.splitlines()[-1])
    np.testing.assert_allclose(probabilities, expected[["p_0", "p_1", "p_2"]].to_numpy(), atol=1e-5)


def test_what_cannot_be_read_is_named_and_left_out(photo_run, photo_folder, tmp_path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    good = next((photo_folder / "mavi").iterdir())
    frame, unreadable = Predictor(photo_run.model_path).predict_files([good, tmp_path / "empty.jpg"])
    assert frame["prediction"].tolist() == ["mavi"]
    assert list(frame.columns) == ["id", "prediction", "confidence", "kırmızı", "mavi", "yeşil"]
    assert [path for path, _ in unreadable] == [str(tmp_path / "empty.jpg")]


def test_table_rows_give_the_runs_probabilities(table_run):
    from atolye.data import load_dataset

    test = load_dataset("breast_cancer").test
    frame = Predictor(table_run.model_path).predict_frame(test.inputs)
    expected = table_run.predictions.query("split == 'test'")
    np.testing.assert_allclose(frame.iloc[:, 3:].to_numpy(), expected[["p_0", "p_1"]].to_numpy(), atol=1e-5)


def test_a_missing_column_is_named(table_run):
    with pytest.raises(ValueError, match="mean radius"):
        Predictor(table_run.model_path).predict_frame(pd.DataFrame({"mean texture": [1.0]}))


def test_images_for_a_table_model_are_refused(table_run, photo_run):
    with pytest.raises(ValueError, match="reads table rows; received image files"):
        Predictor(table_run.model_path).predict_files(["a.jpg"])
    with pytest.raises(ValueError, match="reads images; received a table"):
        Predictor(photo_run.model_path).predict_frame(pd.DataFrame({"a": [1]}))


def test_prediction_frame_by_hand():
    frame = prediction_frame(np.array([[0.25, 0.75], [0.5, 0.5]], "float32"), 2)
    assert frame["prediction"].tolist() == [1, 0]
    assert frame["confidence"].tolist() == [0.75, 0.5]
    assert prediction_frame(np.array([[3.0]]), 0)["prediction"].tolist() == [3.0]
    assert len(prediction_frame(np.zeros((0, 2)), 2)) == 0


def test_views_are_averaged(photo_run, photo_folder, tmp_path):
    from PIL import Image, ImageOps

    file = next((photo_folder / "mavi").glob("*.png"))
    ImageOps.mirror(Image.open(file)).save(tmp_path / "mirrored.png")
    predictor = Predictor(photo_run.model_path)
    plain, _ = predictor.predict_files([file, tmp_path / "mirrored.png"])
    viewed, _ = predictor.predict_files([file], views="flip")
    expected = plain.iloc[:, 3:].astype(float).mean()
    np.testing.assert_allclose(viewed.iloc[0, 3:].astype(float), expected, atol=0.02)  # a photograph is cropped first
    six, _ = predictor.predict_files([file], views="multi_crop")
    assert six.iloc[0, 3:].astype(float).sum() == pytest.approx(1, abs=1e-5)
    with pytest.raises(ValueError, match="Received views='flips'.*Did you mean 'flip'"):
        predictor.predict_files([tmp_path / "not read yet.png"], views="flips")
