import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atolye.report import build_report

MakeRun = Callable[..., Path]

PAGES: list[str] = []


def html_of(path: Path, lang: str = "tr") -> str:
    return build_report(path, lang=lang).read_text(encoding="utf-8")


@pytest.fixture
def page(request: pytest.FixtureRequest) -> str:
    """The page of the five-class run, built once for all tests of this file that only read it."""
    if not PAGES:
        PAGES.append(html_of(request.getfixturevalue("classification_run")))
    return PAGES[0]


def test_rebuilding_gives_the_same_bytes(classification_run: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "moved"
    shutil.copytree(classification_run, elsewhere)
    first = build_report(classification_run).read_bytes()
    assert build_report(elsewhere).read_bytes() == first


def test_a_report_is_small_and_leaves_nothing_beside_it(classification_run: Path) -> None:
    before = {path.name for path in classification_run.iterdir()}
    target = build_report(classification_run)
    assert target == classification_run / "report.html"
    assert target.stat().st_size < 1_500_000
    assert {path.name for path in classification_run.iterdir()} == before | {"report.html"}


def test_the_headline_is_the_accuracy_of_the_predictions(classification_run: Path, page: str) -> None:
    frame = pd.read_parquet(classification_run / "predictions.parquet")
    test = frame[frame["split"] == "test"]
    accuracy = (test["target"] == test["prediction"]).mean()
    assert f'<span lang="tr">%{100 * accuracy:.1f}</span><span lang="en">{100 * accuracy:.1f}%</span>' in page


def test_the_language_shown_first(classification_run: Path, page: str) -> None:
    assert '<html lang="tr" data-lang="tr">' in page
    assert '<html lang="en" data-lang="en">' in html_of(classification_run, "en")


def test_user_text_never_becomes_markup(page: str) -> None:
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "kuş/&lt;b&gt;.png" in page
    assert page.count("<script>") == 1


def test_every_number_can_be_traced(page: str) -> None:
    for fact in ("0123456789abcdef", "a folder of photographs", "mixed_bfloat16", "keras 3.15.1", "Any CPU @ 2.0 GHz"):
        assert fact in page
    for fact in ("truncated file", "51\u202f264", "1200 / 300 / 300", "[16, 32]", "1 dk 35 s", "1 min 35 s"):
        assert fact in page


def test_binary_shows_the_positive_class_only(make_classification_run: MakeRun) -> None:
    page = html_of(make_classification_run(["iyi huylu", "kötü huylu"], 200))
    assert "Pozitif sınıf: <strong>kötü huylu</strong>" in page
    assert 'id="confused-pairs"' not in page


def test_many_classes(make_classification_run: MakeRun) -> None:
    path = make_classification_run([f"sınıf {index}" for index in range(50)], 200)
    assert build_report(path).stat().st_size < 1_500_000


def test_a_class_absent_from_the_test_split_is_said(make_classification_run: MakeRun) -> None:
    path = make_classification_run(["a", "b", "c"], 90)
    frame = pd.read_parquet(path / "predictions.parquet")
    frame[frame["target"] != 2].to_parquet(path / "predictions.parquet", index=False)
    page = html_of(path)
    assert "bu bölümde örneği yok" in page and "no example in this split" in page
    assert "Test bölümünde örneği olmayan sınıf: <strong>c</strong>" in page


def test_a_perfect_run(make_classification_run: MakeRun) -> None:
    path = make_classification_run(["a", "b"], 40)
    frame = pd.read_parquet(path / "predictions.parquet")
    frame["p_0"] = (frame["target"] == 0).astype(np.float32)
    frame["p_1"] = 1 - frame["p_0"]
    frame["prediction"], frame["confidence"] = frame["target"], 1.0
    frame.to_parquet(path / "predictions.parquet", index=False)
    page = html_of(path)
    assert "There is no mistake in the test split." in page
    assert "mistakes-table" not in page


def test_regression(regression_run: Path) -> None:
    page = html_of(regression_run)
    for name in ("scatter", "residuals", "largest-errors", "curve-mae"):
        assert f'id="{name}"' in page
    assert 'id="confusion"' not in page
    assert "oda (numeric), semt (categorical), yaş (numeric)" in page


def test_one_epoch_and_nan_in_the_history(classification_run: Path) -> None:
    history = pd.read_csv(classification_run / "history.csv").head(1)
    history["val_loss"] = np.nan
    history.to_csv(classification_run / "history.csv", index=False)
    assert "curve-loss" in html_of(classification_run)


def test_explanations_appear_when_they_are_there(classification_run: Path) -> None:
    assert 'id="explanation"' not in html_of(classification_run)
    shutil.copy(classification_run / "figures/samples.png", classification_run / "figures/explanation_1.png")
    assert 'id="explanation"' not in html_of(classification_run)
    caption = {"tr": "Nereye baktı", "en": "Where it looked"}
    content = {"figures": {"explanation_1.png": {"caption": caption}}}
    (classification_run / "explanation.json").write_text(json.dumps(content), encoding="utf-8")
    page = html_of(classification_run)
    assert "Where it looked" in page and 'id="explanation-1"' in page


def test_a_run_without_pictures(classification_run: Path) -> None:
    shutil.rmtree(classification_run / "figures")
    page = html_of(classification_run)
    assert 'id="samples"' not in page and "<img" not in page


def change_info(path: Path, **changes: object) -> None:
    info = json.loads((path / "run.json").read_text(encoding="utf-8")) | changes
    kept = {key: value for key, value in info.items() if value is not None}
    (path / "run.json").write_text(json.dumps(kept), encoding="utf-8")


def test_errors_name_what_is_wrong(classification_run: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no run at .*nowhere"):
        build_report(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=re.escape("it has no run.json")):
        build_report(tmp_path / "empty")
    with pytest.raises(ValueError, match="Received lang='de'; expected 'tr' or 'en'"):
        build_report(classification_run, lang="de")
    change_info(classification_run, kind="poem")
    with pytest.raises(ValueError, match="has the kind 'poem'; expected one of"):
        build_report(classification_run)
    change_info(classification_run, kind="lab")
    with pytest.raises(FileNotFoundError, match="is a lab without page.json. Run the lab again"):
        build_report(classification_run)
    change_info(classification_run, kind="training", model=None)
    with pytest.raises(ValueError, match="run.json has no 'model'. Train again"):
        build_report(classification_run)
    assert not (classification_run / "report.html").exists()


def test_damaged_predictions(classification_run: Path) -> None:
    frame = pd.read_parquet(classification_run / "predictions.parquet")
    frame[frame["split"] == "validation"].to_parquet(classification_run / "predictions.parquet")
    with pytest.raises(ValueError, match="has no row of the test split. Train again"):
        build_report(classification_run)
    frame.drop(columns="p_3").to_parquet(classification_run / "predictions.parquet")
    with pytest.raises(ValueError, match="has no column 'p_3'. Train again"):
        build_report(classification_run)
    (classification_run / "history.csv").unlink()
    frame.to_parquet(classification_run / "predictions.parquet")
    with pytest.raises(FileNotFoundError, match="has no history.csv"):
        build_report(classification_run)
