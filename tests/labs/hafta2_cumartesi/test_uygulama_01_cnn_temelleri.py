import json

import keras
import numpy as np
import pytest

from atolye.labs import LABS
from atolye.labs.hafta2_cumartesi import uygulama_01_cnn_temelleri as lab
from atolye.models import separable_cnn, vgg_small
from atolye.train.same_start import same_weights


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
    assert list(blocks(out, "section")) == [
        "data",
        "architecture",
        "filters",
        "stride",
        "maps",
        "costs",
        "one_layer",
        "field",
        "convolutions",
        "pooling",
        "norms",
        "norms_large",
        "norms_small",
        "evaluate",
        "notice",
        "try_this",
    ]
    assert {"conv1_filters", "conv1_maps", "relu1_maps", "relu5_maps", "poolings", "main_curves"} <= set(
        blocks(out, "figure")
    )
    studies = {"filters", "stride", "convolutions", "pooling", "norms_large", "norms_small"}
    assert {f"{name}_table" for name in studies} <= set(blocks(out, "table"))
    assert {f"{name}_pareto" for name in studies} <= set(blocks(out, "figure"))
    assert set(blocks(out, "check")) == {
        "flatten",
        "correlation",
        "bias",
        "five_by_five",
        "saving",
        "edges",
        "same_size",
        "reach",
        "groups_of_32",
        "layer_norm",
    }
    info = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (info["name"], info["mode"], info["dataset"]["name"]) == ("lab-2.1", "quick", "shapes")
    assert (out / "report.html").exists()


def test_every_study_has_its_folder_with_all_its_trials(quick):
    _, out = quick
    folders = {path.name.rpartition("-")[0]: path for path in (out / "studies").iterdir()}
    assert set(folders) == {"filters", "pooling", "convolutions", "norms", "norms_small"}
    for name, path in folders.items():
        variants = [key for key in lab.STUDIES[name.removesuffix("_small")] if key in lab.IN_QUICK]
        records = [json.loads(file.read_text(encoding="utf-8")) for file in path.glob("trials/*/trial.json")]
        assert {(record["variant"], record["seed"]) for record in records} == {(v, s) for v in variants for s in (0, 1)}
        assert all("figures" in record for record in records), name


def test_the_table_of_costs_is_the_slides_arithmetic(quick):
    _, out = quick
    rows = {row[0]: row[1:] for row in blocks(out, "table")["cost_table"]["rows"]}
    numbers = [cell.replace("\u202f", "") for cell in rows["conv3"]]
    # 8 -> 16 filters of 3 x 3 on 16 x 16 pixels
    assert numbers == ["16 x 16 x 16", "3 x 3 x 8 x 16", *["1152"] * 2, *[str(2 * 256 * 1152)] * 2]


def test_the_network_is_the_librarys_vgg_small():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), "uint8")
    options = {"widths": (8, 16, 32), "convolutions": 1, "dropout": 0.0, "l2": 0.0}
    twins = {
        "plain": (lab.PARTS | {"first": 8}, vgg_small((32, 32, 3), 10, **options)),
        "strides": (
            lab.PARTS | {"first": 8, "down": "strides", "norm": "group"},
            vgg_small((32, 32, 3), 10, downsampling="strides", norm="group", **options),
        ),
        "max": (
            lab.PARTS | {"first": 8, "down": "average", "head": "max", "kernel_size": 5},
            vgg_small((32, 32, 3), 10, downsampling="average", pooling="max", kernel_size=5, **options),
        ),
        "separable": (
            lab.PARTS | {"first": 8, "convolution": "separable"},
            separable_cnn((32, 32, 3), 10, **options),
        ),
    }
    for name, (parts, library) in twins.items():
        mine = lab.network(10, **parts)
        for model in (mine, library):
            same_weights(model, 3)
        np.testing.assert_allclose(mine(pixels), library(pixels), atol=1e-5, err_msg=name)


def test_every_variant_differs_from_its_baseline():
    for name, variants in lab.STUDIES.items():
        found = {}
        for variant, given in variants.items():
            model = lab.network(10, **lab.PARTS | given)
            kinds = [type(layer).__name__ for layer in model.layers]
            configs = [{k: v for k, v in layer.get_config().items() if k != "name"} for layer in model.layers]
            found[variant] = (kinds, str(configs), model.count_params())
        assert len(set(map(str, found.values()))) == len(variants), name
        assert next(iter(variants.values())) == {}


def test_the_slides_network_halves_the_image_after_every_second_convolution():
    model = lab.slide_model(10)
    assert [model.get_layer(f"pool{number}").output.shape[1:] for number in (1, 2, 3)] == [
        (16, 16, 32),
        (8, 8, 64),
        (4, 4, 128),
    ]
    assert not any(layer.use_bias for layer in model.layers if isinstance(layer, keras.layers.Conv2D))


def test_it_is_listed():
    assert LABS["2.1"].module.endswith("uygulama_01_cnn_temelleri")
