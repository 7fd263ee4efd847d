import json

import keras
import numpy as np
import pandas as pd
import pytest

from atolye.labs import LABS
from atolye.labs.hafta1_pazar import uygulama_03_functional_api as lab
from atolye.models import residual_mlp, two_branch
from atolye.train.same_start import snapshot


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    out = tmp_path_factory.mktemp("lab")
    return lab.main(quick=True, out=out), out


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    numeric, codes = random.normal(size=(60, 20)), random.integers(0, 3, (60, 10))
    return [numeric.astype("float32"), codes.astype("float32")], (numeric[:, 0] + codes[:, 0] > 1).astype("int64")


def blocks(out, kind):
    page = json.loads((out / "page.json").read_text(encoding="utf-8"))
    return {block["id"]: block for block in page["blocks"] if block["type"] == kind}


def trained(build, x, y, *, losses="binary_crossentropy", **settings):
    """Build from seed 0, train three short epochs, return all variables, smallest shapes first."""
    keras.utils.set_random_seed(0)
    model = build()
    model.compile("rmsprop", losses, jit_compile=False, **settings)
    keras.utils.set_random_seed(1)
    model.fit(x, y, batch_size=20, epochs=3, verbose=0)
    return model


def kernels(model):
    return {value.shape: value for value in snapshot(model.trainable_variables) if value.ndim == 2}


def test_figures_are_in_their_bands(quick):
    figures, _ = quick
    for name, (low, high) in lab.BANDS["quick"].items():
        assert low <= figures[name] <= high, name


@pytest.mark.parametrize("way", lab.WAYS)
def test_every_merge_of_the_default_answers(way, rows):
    inputs, _ = rows
    assert np.array(lab.merging_model(way)(inputs)).shape == (60, 1)


def test_every_item_is_on_the_page(quick):
    _, out = quick
    assert list(blocks(out, "section")) == [
        "data",
        "many_inputs",
        "merging",
        "skip",
        "outputs",
        "auxiliary",
        "deep_supervision",
        "evaluate",
        "notice",
        "try_it",
    ]
    graphs = {"slide_graph", "merge_graph", "residual_graph", "auxiliary_graph"}
    assert graphs <= set(blocks(out, "figure"))
    ways = [row[0] for row in blocks(out, "table")["merge_results"]["rows"]]
    assert len(ways) == 4  # two alone have a translated name; the default has all ways
    assert {"concatenate", "add"} <= {way for way in ways if isinstance(way, str)}
    assert set(blocks(out, "check")) == {
        "positional",
        "sequential",
        "widths",
        "codes",
        "missing_loss",
        "metrics_list",
        "weight_order",
    }
    info = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (info["name"], info["mode"], info["dataset"]["name"]) == ("lab-1.3", "quick", "breast_cancer")
    assert (out / "report.html").exists()


def test_the_slides_network_has_the_slides_parameters(quick):
    _, out = quick
    rows = blocks(out, "table")["slide_parameters"]["rows"]
    by_hand, by_keras = ([int(row[place].replace("\u202f", "")) for row in rows] for place in (2, 3))
    # 20·64+64, 4·64, 10·32+32, 96·64+64, 64+1, 64·3+3
    assert sorted(by_hand) == sorted(by_keras) == [65, 195, 256, 352, 1344, 6208]


@pytest.mark.parametrize("merge", ["concatenate", "add", "average", "multiply"])
def test_merging_is_the_librarys_two_branch_weight_for_weight(rows, merge):
    (numeric, categorical), y = rows
    mine = trained(lambda: lab.merging_model(merge), [numeric, categorical], y)
    library = trained(
        lambda: two_branch(20, 10, 2, merge=merge, kernel_initializer="glorot_uniform"),
        {"numeric": numeric, "categorical": categorical},
        y,
    )
    assert kernels(mine).keys() == kernels(library).keys()
    for shape, value in kernels(mine).items():
        np.testing.assert_allclose(value, kernels(library)[shape], atol=1e-6, err_msg=f"{merge} {shape}")


@pytest.mark.parametrize("skip", [True, False])
def test_the_stack_is_the_librarys_residual_mlp_weight_for_weight(skip):
    random = np.random.default_rng(0)
    x, y = random.random((60, 784), dtype=np.float32), random.integers(0, 10, 60)
    settings = {"units": 64, "num_blocks": 2, "batch_normalization": False, "kernel_initializer": "glorot_uniform"}
    loss = "sparse_categorical_crossentropy"
    mine = trained(lambda: lab.stack(2, skip=skip), x, y, losses=loss)
    library = trained(lambda: residual_mlp((784,), 10, skip=skip, **settings), x, y, losses=loss)
    for value, expected in zip(snapshot(mine.variables), snapshot(library.variables), strict=True):
        np.testing.assert_allclose(value, expected, atol=1e-6)


def test_weight_zero_is_no_auxiliary_loss(rows):
    x, y = rows
    weights = {"main": 1.0, "aux": 0.0}
    both = trained(lab.slide_model, x, {"main": y, "aux": y}, losses=lab.LOSSES, loss_weights=weights)
    alone = trained(lambda: lab.merging_model("concatenate"), x, y)
    for shape, value in kernels(alone).items():
        np.testing.assert_allclose(value, kernels(both)[shape], atol=1e-6)


def test_scale_cuts_and_size_come_from_the_known_rows_alone():
    names = [f"mean {name}" for name in ("radius", "texture", "perimeter", "area", *"abcdef")]
    names += [name.replace("mean", kind) for kind in ("error", "worst") for name in names]
    known = pd.DataFrame({name: np.arange(9.0) for name in names})  # mean 4, cuts at 8/3 and 16/3
    rows = pd.DataFrame({name: [0.0, 3.0, 100.0] for name in names})
    (numeric, categorical), sizes = lab.encode(rows, known)
    assert numeric.shape == (3, 20)
    np.testing.assert_allclose(numeric[:, 0], (np.array([0.0, 3.0, 100.0]) - 4) / np.arange(9).std(ddof=1), rtol=1e-6)
    assert categorical[:, 0].tolist() == sizes.tolist() == [0, 1, 2]
    (numeric, categorical), hidden_sizes = lab.encode(rows, known, hide_size=True)
    assert hidden_sizes.tolist() == [0, 1, 2]  # the target stays known
    assert np.flatnonzero((numeric == 0).all(axis=0)).tolist() == [0, 2, 3, 10, 12, 13]
    assert np.flatnonzero((categorical == 1).all(axis=0)).tolist() == [0, 2, 3]


def test_it_is_listed():
    assert LABS["1.3"].module.endswith("uygulama_03_functional_api")
