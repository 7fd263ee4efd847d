"""Lab 1.1: runs in quick mode, stays in its band, and shows every item of the slides on its page."""

import json
import subprocess
import sys

import pytest

from atolye.labs import copy_lab
from atolye.labs.hafta1_pazar import uygulama_01_keras_sequential as lab
from atolye.labs.hafta1_pazar.uygulama_01_keras_sequential import BANDS, deep_network, slide_network


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    out = tmp_path_factory.mktemp("labs") / "lab-1.1"
    return lab.main(quick=True, out=out), out


@pytest.mark.parametrize("name", BANDS["quick"])
def test_figures_stay_in_the_band(quick, name):
    low, high = BANDS["quick"][name]
    assert low <= quick[0][name] <= high


def test_what_theory_gives_is_measured(quick):
    figures, _ = quick
    assert figures["derivative_error"] < 1e-6  # formula against automatic differentiation
    assert figures["bn_by_hand_gap"] < 1e-3  # formula against the layer; the largest output is about 15
    assert figures["he_variance_kept"] == pytest.approx(1.0, abs=0.1)
    assert figures["glorot_variance_kept"] == pytest.approx(0.5, abs=0.05)
    assert figures["additivity_gap"] < 1e-5


def test_every_item_is_on_the_page_in_both_languages(quick):
    _, out = quick
    page = json.loads((out / "page.json").read_text())
    shown = {block.get("id") for block in page["blocks"]}
    assert {
        "slide_network",
        "parameter_counts",
        "activation_formulas",
        "activation_results",
        "gradient_norms",
        "dying_relu",
        "signal_forward",
        "penalties",
        "weight_histograms",
        "normalization_rates",
        "alpha_dropout",
        "uncertainty_intervals",
        "shapley_swarm",
        "try_this",
    } <= shown
    checks = [block for block in page["blocks"] if block["type"] == "check"]
    assert len(checks) == 11
    html = (out / "report.html").read_text()
    assert "mnist_small" in html and "Seyreltme" in html and "Batch normalization" in html
    assert json.loads((out / "run.json").read_text())["metrics"] == quick[0]


def test_the_slide_network_is_the_slides():
    import keras

    network = slide_network(30, keras.layers.Dense(1, "sigmoid"))
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds == ["Dense", "BatchNormalization", "Dropout"] * 2 + ["Dense"]
    assert network.count_params() == 42_497  # 31·256 + 4·256 + 257·128 + 4·128 + 129
    assert [layer.rate for layer in network.layers if hasattr(layer, "rate")] == [0.3, 0.25]
    assert network.layers[0].kernel_regularizer.l2 == pytest.approx(1e-4)


def test_activations_start_from_the_same_kernels():
    import keras
    import numpy as np

    kernels = []
    for name in ("relu", "prelu", "sigmoid"):
        keras.utils.set_random_seed(4)
        kernels.append([w for w in deep_network(name, "he_normal").get_weights() if w.ndim == 2])
    for other in kernels[1:]:
        for first, second in zip(kernels[0], other, strict=True):
            np.testing.assert_array_equal(first, second)


def test_a_copy_runs_on_its_own(tmp_path):
    script, texts = copy_lab("1.1", tmp_path)
    assert texts.is_file()
    result = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "--quick" in result.stdout and "the slide's network" in result.stdout
