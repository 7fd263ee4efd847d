"""One training from recipe to run folder: everything is there, and it all says the same."""

import keras
import numpy as np
import pytest

from atolye.data import load_dataset
from atolye.evaluate import metrics
from atolye.runs import load_artefact, read_card
from atolye.runs.predictor import probabilities
from atolye.train import Recipe, train
from atolye.train.evaluate_run import evaluate_run
from atolye.train.record_run import split_metrics
from atolye.train.train import load_recipe_data

FILES = {"recipe.toml", "run.json", "history.csv", "predictions.parquet", "model.keras", "report.html"}


def test_the_folder_holds_what_the_reference_says(photo_run, table_run):
    assert {path.name for path in photo_run.path.iterdir()} == FILES | {"figures", "explanation.json"}
    assert {path.name for path in table_run.path.iterdir()} == FILES | {"preprocessing.joblib"}
    assert (photo_run.path / "figures" / "samples.png").stat().st_size > 1000
    assert [path.name for path in photo_run.path.glob("figures/explanation*")] == ["explanation_1_hits.png"]


def test_the_model_learned(photo_run, table_run):
    assert photo_run.metrics["accuracy"] == 1.0  # three plain colours
    assert table_run.metrics["accuracy"] > 0.9


def test_reported_and_saved_are_the_same_weights(photo_run):
    dataset = load_recipe_data(Recipe(**photo_run.recipe))
    saved = probabilities(load_artefact(photo_run.model_path), dataset.test.inputs, "classification")
    test = photo_run.predictions.query("split == 'test'")
    np.testing.assert_array_equal(test[["p_0", "p_1", "p_2"]].to_numpy(), saved)
    assert test["id"].tolist() == dataset.test.ids.tolist()
    assert photo_run.metrics == metrics(dataset.test.targets, saved)


def test_the_metrics_are_those_of_the_predictions(table_run):
    assert split_metrics(table_run.predictions, 2) == table_run.info["metrics"]


def test_run_json_traces_the_numbers(photo_run):
    info = photo_run.info
    assert info["dataset"]["hash"] == load_recipe_data(Recipe(**photo_run.recipe)).content_hash
    assert info["versions"]["keras"] == keras.__version__
    assert info["precision"]["policy"] == "float32"
    assert info["seconds"]["total"] >= info["seconds"]["train"] > 0
    assert info["epochs_run"] == len(photo_run.history) >= info["best_epoch"] >= 1
    # 8 filters on 16 x 16 pixels, pooling; 8 on 8 x 8; 16 on 8 x 8, pooling; 16 on 4 x 4; 3 classes.
    macs = 256 * 27 * 8 + 64 * 72 * 8 + 64 * 72 * 16 + 16 * 144 * 16 + 16 * 3
    assert info["model"]["flops"] == 2 * macs


def test_history_logs_rate_and_time(photo_run):
    assert {"epoch", "loss", "val_loss", "accuracy", "val_accuracy", "learning_rate", "seconds"} <= set(
        photo_run.history.columns
    )
    assert photo_run.history["val_loss"].idxmin() + 1 == photo_run.info["best_epoch"]


def test_the_card_carries_classes_and_preprocessing(photo_run, table_run):
    card = read_card(photo_run.model_path)
    assert card.class_names == ("kırmızı", "mavi", "yeşil")
    assert (card.input_shape, card.resize) == ((16, 16, 3), "crop")
    assert read_card(table_run.model_path).encoder is not None


def test_regression_answers_in_the_unit_of_the_data(tmp_path):
    random = np.random.default_rng(0)
    area = random.uniform(50, 200, 300)
    rows = "\n".join(f"{a:.3f},{2000 * a + 10_000:.1f}" for a in area)
    (tmp_path / "flats.csv").write_text("area,price\n" + rows)
    recipe = Recipe(
        data=str(tmp_path / "flats.csv"),
        target="price",
        widths=[32],
        epochs=25,
        batch_size=16,
        learning_rate=0.03,
        dropout=0.0,
    )
    run = train(recipe, name="flats", runs_dir=tmp_path / "runs")
    assert run.info["dataset"]["task"] == "regression"
    assert run.metrics["r2"] > 0.95
    assert run.predictions["prediction"].between(50_000, 500_000).all()


def test_an_existing_name_costs_nothing(photo_run, runs_dir):
    with pytest.raises(FileExistsError, match="photos exists already"):
        train(Recipe(data="nothing-that-exists"), name="photos", runs_dir=runs_dir)


def test_a_mistake_leaves_no_folder(tmp_path):
    with pytest.raises(ValueError, match="model 'cnn' needs images; received the table 'breast_cancer'"):
        train(Recipe(data="breast_cancer", model="cnn"), runs_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_max_examples_keeps_the_other_splits():
    recipe = Recipe(data="digits", max_examples=100)
    dataset = load_recipe_data(recipe)
    assert len(dataset.train) == 100
    assert len(dataset.test) == len(load_dataset("digits").test)


def test_answers_over_views_are_those_of_the_file(tmp_path, photo_folder):
    recipe = Recipe(
        data=str(photo_folder), image_size=16, widths=[8], epochs=1, precision="float32", predict_views="flip"
    )
    run = train(recipe, name="twice", runs_dir=tmp_path)
    dataset, model = load_recipe_data(recipe), load_artefact(run.model_path)
    images = dataset.test.inputs
    once = probabilities(model, images, "classification")
    both = (once + probabilities(model, np.ascontiguousarray(images[:, :, ::-1]), "classification")) / 2
    test = run.predictions.query("split == 'test'")
    np.testing.assert_allclose(test[["p_0", "p_1", "p_2"]].to_numpy(), both, atol=1e-6)
    assert run.metrics == metrics(dataset.test.targets, test[["p_0", "p_1", "p_2"]].to_numpy())
    assert run.info["views"]["views"] == "flip"
    assert run.info["views"]["metrics_of_one_look"]["test"] == metrics(dataset.test.targets, once)
    assert read_card(run.model_path).views == "flip"
    found, frame = evaluate_run(run, photo_folder, split="test")
    np.testing.assert_allclose(frame[["p_0", "p_1", "p_2"]].to_numpy(), both, atol=1e-6)
    assert "mean answer to 2 views of each image" in run.path.joinpath("report.html").read_text(encoding="utf-8")


def test_views_are_for_images(tmp_path):
    with pytest.raises(ValueError, match="predict_views='flip' is for images; received the table 'breast_cancer'. Set"):
        train(Recipe(data="breast_cancer", predict_views="flip"), runs_dir=tmp_path)
