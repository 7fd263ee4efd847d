"""A folder of photographs to a run, and what is said before any work starts."""

import keras
import numpy as np
import pytest

from atolye.runs import Predictor
from atolye.train import FineTuneRecipe
from atolye.transfer import fine_tune
from atolye.transfer.fine_tune import load_images

SMALL = {"image_size": 32, "blocks": 2, "head_epochs": 4, "epochs": 2, "batch_size": 16, "precision": "float32"}


@pytest.fixture(scope="module")
def run(photo_folder, tmp_path_factory):
    return fine_tune(
        photo_folder, head_learning_rate=0.01, name="colours", runs_dir=tmp_path_factory.mktemp("r"), **SMALL
    )


def test_the_run_is_whole_and_says_what_it_did(run):
    assert {path.name for path in run.path.iterdir()} == {
        *("recipe.toml", "run.json", "history.csv", "predictions.parquet", "model.keras", "report.html"),
        *("figures", "explanation.json"),
    }
    assert run.metrics["accuracy"] > 0.9
    assert FineTuneRecipe(**run.recipe).blocks == 2
    assert run.history["stage"].tolist() == ["head"] * 4 + ["top"] * 2
    assert run.history["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    assert run.info["model"]["name"] == "efficientnet-lite0"
    assert run.info["model"]["flops"] > 1e6
    head, top = run.info["stages"]  # with what the recipe left open
    assert (head["name"], head["blocks"], head["learning_rate"]) == ("head", None, 0.01)
    assert (top["name"], top["blocks"], top["learning_rate"], top["batch_norm"]) == ("top", 2, 1e-4, "freeze")
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert "atolye finetune --recipe recipe.toml" in page and "what the recipe left open" in page


def test_the_file_takes_raw_photographs(run, photo_folder):
    predictor = Predictor(run.model_path)
    assert not any(isinstance(layer, keras.Model) for layer in predictor.model.layers)
    test = run.predictions.query("split == 'test'")
    expected = test[["p_0", "p_1", "p_2"]].to_numpy()
    table, unreadable = predictor.predict_files([photo_folder / name for name in test["id"]])
    assert not unreadable
    np.testing.assert_allclose(table[["kırmızı", "mavi", "yeşil"]].to_numpy(), expected, atol=1e-5)


def test_photographs_are_read_larger_than_the_loader_would(photo_folder):
    assert load_images(FineTuneRecipe(data=str(photo_folder))).input_shape == (160, 160, 3)
    assert load_images(FineTuneRecipe(data=str(photo_folder), image_size=40)).input_shape == (40, 40, 3)
    assert load_images(FineTuneRecipe(data="digits", image_size=64)).input_shape == (8, 8, 1)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"backbone": "efficientnet-light0"}, ValueError, "Did you mean 'efficientnet-lite0'"),
        ({"weights": "absent.h5"}, FileNotFoundError, "weights='absent.h5'; expected 'imagenet', None for a random"),
        ({"strategy": "two-stage"}, ValueError, "recipe key 'strategy': input should be"),
        ({"epoch": 3}, ValueError, "unknown recipe key 'epoch'. Did you mean 'epochs'?"),
        ({"name": "a/b"}, ValueError, "a run's name must be"),
        ({"blocks": 18}, ValueError, "expected 1 to 17"),
    ],
)
def test_what_is_wrong_is_told_before_the_work_and_leaves_nothing(settings, error, message, tmp_path, colours):
    with pytest.raises(error, match=message):
        fine_tune(
            colours, runs_dir=tmp_path, **{"weights": "random", "image_size": 32, "precision": "float32"} | settings
        )
    assert not list(tmp_path.iterdir())


def test_tables_are_refused(tmp_path):
    with pytest.raises(ValueError, match="fine-tuning needs labelled images; received the table 'breast_cancer'"):
        fine_tune("breast_cancer", runs_dir=tmp_path)
