import json

import keras
import numpy as np
import pandas as pd
import pytest

from atolye.labs import LABS
from atolye.labs.hafta2_cumartesi import uygulama_03_ileri_cnn as lab
from atolye.train import Recipe


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    out = tmp_path_factory.mktemp("lab")
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
    sections = ["data", "blocks", "builders", "preact", "separable", "squeeze_excite", "pareto", "vanishing", "final"]
    assert list(blocks(out, "section")) == [*sections, "notice", "try_this"]
    graphs = {"residual_graph", "bottleneck_graph", "preact_graph", "se_graph"}
    plots = {
        "pareto_parameters",
        "pareto_flops",
        "pareto_seconds",
        "vanishing_norms",
        "depth_accuracy",
        "depth_losses",
        "confusion",
    }
    assert graphs | plots == set(blocks(out, "figure"))
    tables = blocks(out, "table")
    assert len(tables["models_table"]["rows"]) == len(lab.MODELS) == 8
    assert len(tables["separable_table"]["rows"]) == 4
    assert set(blocks(out, "check")) == {"bottleneck_ratio", "separable_time", "per_parameter", "vanishing_cause"}
    info = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (info["name"], info["mode"], info["dataset"]["name"]) == ("lab-2.3", "quick", "shapes")
    assert (out / "report.html").exists() and len(list((out / "studies").glob("*/report.html"))) == 2
    assert pd.read_csv(out / "history.csv").columns[0] == "epoch"


def test_comparisons_share_their_weights_and_leave_no_policy_behind(quick):
    figures, out = quick
    assert keras.config.dtype_policy().name == "float32"
    assert lab.prepared.cache_info().currsize == 0
    study = json.loads(next((out / "studies").glob("models-*/study.json")).read_text())
    assert study["baseline"] == "residual" and figures["models"] == 8


def test_stacks_have_the_depth_and_the_weights_of_resnet_20():
    network = lab.build("plain", 3, (16, 32, 64), 32)
    weighted = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)]
    assert len(weighted) == 20
    # As published for the way around without parameters, which a plain network has none of.
    assert sum(int(np.prod(weight.shape)) for weight in network.trainable_weights) == 269_722


@pytest.mark.parametrize("kind", ["residual", "bottleneck", "preact", "se", "residual_no_bn"])
def test_stacks_of_every_kind_answer_for_small_images(kind):
    network = lab.build(kind, 1, (8, 16, 16), 8)
    answers = np.array(network(np.zeros((2, 8, 8, 3), "uint8")))
    assert answers.shape == (2, 10) and np.allclose(answers.sum(axis=1), 1, atol=1e-5)
    normalized = any(isinstance(layer, keras.layers.BatchNormalization) for layer in network.layers)
    assert normalized is (kind != "residual_no_bn")


@pytest.mark.parametrize("size", [lab.QUICK, lab.DEFAULT, lab.FULL], ids=["quick", "default", "full"])
def test_the_training_in_earnest_is_the_recipe_that_comes_with_atolye(size):
    recipe = Recipe.from_toml(lab.FINAL, **size["final"])
    assert (recipe.model, recipe.optimizer) == ("whitened_cnn", "muon")
    assert recipe.progressive_sizes[0] < 32


def test_it_is_listed():
    assert LABS["2.3"].module.endswith("uygulama_03_ileri_cnn")
