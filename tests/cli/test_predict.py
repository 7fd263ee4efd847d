"""atolye predict."""

import io
import json

import numpy as np
import pandas as pd
from typer.testing import CliRunner

from atolye.cli import app

run = CliRunner().invoke


def test_a_table_for_people(photo_run, photo_folder):
    result = run(app, ["predict", str(photo_run.model_path), str(photo_folder / "mavi")])
    assert result.exit_code == 0, result.output
    assert result.stdout.count("mavi") >= 30


def test_json_and_csv_for_programs_say_the_same(photo_run, photo_folder):
    file = str(next((photo_folder / "yeşil").iterdir()))
    as_json = json.loads(run(app, ["predict", str(photo_run.model_path), file, "--json"]).stdout)
    as_csv = pd.read_csv(io.StringIO(run(app, ["predict", str(photo_run.model_path), file, "--csv"]).stdout))
    assert as_json[0]["prediction"] == as_csv["prediction"][0] == "yeşil"
    np.testing.assert_allclose(as_json[0]["yeşil"], as_csv["yeşil"][0], atol=1e-8)
    np.testing.assert_allclose(sum(as_json[0][name] for name in ("kırmızı", "mavi", "yeşil")), 1, atol=1e-6)


def test_what_cannot_be_read_is_named_and_counted(photo_run, photo_folder, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no image")
    good = str(next((photo_folder / "mavi").iterdir()))
    result = run(app, ["predict", str(photo_run.model_path), str(tmp_path / "bad.jpg"), good, "--csv"])
    assert result.exit_code == 0
    assert "left out:" in result.stderr and "bad.jpg" in result.stderr
    nothing = run(app, ["predict", str(photo_run.model_path), str(tmp_path / "bad.jpg")])
    assert nothing.exit_code == 2
    assert "none of the 1 files could be read" in nothing.stderr


def test_rows_of_a_csv(table_run, tmp_path):
    from atolye.data import load_dataset

    load_dataset("breast_cancer").test.inputs.head(4).to_csv(tmp_path / "rows.csv", index=False)
    result = run(app, ["predict", str(table_run.model_path), str(tmp_path / "rows.csv"), "--csv"])
    assert result.exit_code == 0, result.output
    assert len(pd.read_csv(io.StringIO(result.stdout))) == 4


def test_mistakes_are_one_line(photo_run, tmp_path):
    (tmp_path / "model.keras").write_text("no model")
    cases = {
        "is not a .keras file": [str(tmp_path / "model.keras"), "a.jpg"],
        "no model at": [str(tmp_path / "absent.keras"), "a.jpg"],
        "absent.jpg": [str(photo_run.model_path), str(tmp_path / "absent.jpg")],
        "exclude each other": [str(photo_run.model_path), "a.jpg", "--json", "--csv"],
    }
    for message, arguments in cases.items():
        result = run(app, ["predict", *arguments])
        assert result.exit_code == 2, result.output
        assert message in result.stderr


def test_views_are_for_images(photo_run, photo_folder, table_run, tmp_path):
    file = str(next((photo_folder / "yeşil").iterdir()))
    answers = [
        json.loads(run(app, ["predict", str(photo_run.model_path), file, "--json", *words]).stdout)[0]["confidence"]
        for words in ([], ["--views", "multi_crop"])
    ]
    assert answers[0] != answers[1]
    result = run(app, ["predict", str(table_run.model_path), str(tmp_path / "rows.csv"), "--views", "flip"])
    assert result.exit_code == 2 and "--views flip is for images" in result.stderr
