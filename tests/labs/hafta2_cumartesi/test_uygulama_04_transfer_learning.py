import json

import keras
import numpy as np
import pandas as pd
import pytest

from atolye.data import load_dataset
from atolye.labs import LABS
from atolye.labs.hafta2_cumartesi import uygulama_04_transfer_learning as lab

SECTIONS = ["data", "strategies", "two_stages", "main_training", "norms", "forgetting", "cache", "maps", "mistakes"]
CHECKS = {"enlarged", "last_30", "first_fall", "scaled_twice", "training_false", "rate_forgets", "nested_layer"}
FIGURES = {"strategies_pareto", "main_curves", "main_rates", "forgetting_curves", "maps_last", "maps_fine"}


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    out = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATOLYE_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        return lab.main(quick=True, out=out), out


def blocks(out, kind):
    page = json.loads((out / "page.json").read_text(encoding="utf-8"))
    return {block["id"]: block for block in page["blocks"] if block["type"] == kind}


def test_figures_are_in_their_bands(quick):
    figures, _ = quick
    for name, (low, high) in lab.BANDS["quick"].items():
        assert low <= figures[name] <= high, name


def test_every_item_is_on_the_page(quick):
    _, out = quick
    assert list(blocks(out, "section")) == [*SECTIONS, "advice", "notice", "try_this"]
    assert set(blocks(out, "check")) == CHECKS | {"softmax_slope", "published_pixels"}
    assert set(blocks(out, "figure")) == FIGURES | {"mistakes_maps", "unsure_maps", "confusion"}
    tables = blocks(out, "table")
    rows = {name: len(table["rows"]) for name, table in tables.items()}
    assert rows["strategies_table"] == rows["stages_table"] == rows["rules_table"] == rows["unfreezing_table"] == 3
    assert rows["norms_table"] == 4 and rows["cache_table"] == 2 and rows["backbones_table"] == 9
    info = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (info["name"], info["mode"], info["dataset"]["name"]) == ("lab-2.4", "quick", "shapes")
    assert (out / "report.html").exists() and len(list((out / "studies").glob("*/report.html"))) == 1


def test_the_history_has_both_stages_and_the_second_rate_is_a_tenth(quick):
    _, out = quick
    history = pd.read_csv(out / "history.csv")
    assert history["stage"].unique().tolist() == ["feature_extraction", "partial"]
    assert history["epoch"].tolist() == list(range(1, len(history) + 1))
    peaks = history.groupby("stage")["learning_rate"].max()
    assert peaks["partial"] <= lab.TOP_RATE and lab.TOP_RATE * 10 == pytest.approx(lab.HEAD_RATE)


def test_unfreezing_in_the_wrong_order_unfreezes_the_norms(quick):
    _, out = quick
    counts = [row[1:] for row in blocks(out, "table")["unfreezing_table"]["rows"]]
    assert [row[0] for row in counts] == ["0", "0", "49"]
    assert [row[1] for row in counts] == ["0", "49", "147"]


def test_a_frozen_trunk_forgets_nothing(quick):
    _, out = quick
    rows = blocks(out, "table")["forgetting_table"]["rows"]
    lost = [float(row[-1].replace("−", "-")) for row in rows if row[0]["en"] == "feature extraction"]
    assert lost == [0.0, 0.0]


@pytest.fixture(scope="module")
def built():
    return lab.network(32, (32, 32, 3), 10, "float32")


def test_plans_have_the_same_number_of_epochs_and_lower_rates_for_what_is_pretrained():
    plans = lab.plans(5, 3, 4)
    assert {sum(stage["epochs"] for stage in plan) for plan in plans.values()} == {8}
    for name in ("partial", "full"):
        assert [stage["rate"] for stage in plans[name]] == [lab.HEAD_RATE, lab.HEAD_RATE / 10]
    assert plans["partial"][1]["blocks"] == 4


def test_what_is_frozen_and_what_trains_make_up_the_network(built):
    network, _ = built
    images = load_dataset("shapes", image_size=32, num_examples=40).test.inputs[:2]
    expected = np.asarray(network.model(images, training=False))
    for strategy, blocks_ in (("feature_extraction", None), ("partial", 2)):
        frozen, trained = lab.frozen_and_trained(network, strategy, blocks_)
        np.testing.assert_allclose(np.asarray(trained(frozen(images))), expected, atol=1e-5)
        assert not frozen.trainable_weights and trained.trainable_weights
    frozen, trained = lab.frozen_and_trained(network, "full")
    assert frozen is None and trained is network.model


def test_a_stage_of_the_head_leaves_the_backbone_alone(built, tmp_path, monkeypatch):
    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path))
    network, start = built
    lab.restart(network, start, seed=3)
    head = network.model.layers[-1].get_weights()
    backbone = network.backbone.get_weights()
    data = load_dataset("shapes", image_size=32, num_examples=60)
    log = lab.train_stage(network, data, strategy="feature_extraction", rate=1e-2, epochs=2, eager=True)
    assert {"val_loss", "val_accuracy", "learning_rate", "seconds"} <= set(log.columns) and len(log) == 2
    for before, after in zip(backbone, network.backbone.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    assert np.abs(network.model.layers[-1].get_weights()[0] - head[0]).max() > 1e-3
    lab.restart(network, start, seed=3)
    np.testing.assert_array_equal(network.model.layers[-1].get_weights()[0], head[0])  # drawn by the seed alone
    lab.restart(network, start, seed=4)
    assert np.abs(network.model.layers[-1].get_weights()[0] - head[0]).max() > 1e-3


def test_predictions_name_class_and_confidence():
    split = load_dataset("shapes", image_size=32, num_examples=40).test
    probabilities = np.full((len(split), 10), 0.05, "float32")
    probabilities[:, 3] = 0.55
    frame = lab.predictions(probabilities, split)
    assert (frame["prediction"] == 3).all() and np.allclose(frame["confidence"], 0.55)
    assert frame["target"].tolist() == split.targets.tolist()


def test_it_is_listed_and_leaves_no_policy_behind(quick):
    assert LABS["2.4"].module.endswith("uygulama_04_transfer_learning")
    assert keras.config.dtype_policy().name == "float32"
