import json

import numpy as np
import pytest

from atolye.augment import POLICIES
from atolye.labs import LABS
from atolye.labs.hafta2_cumartesi import uygulama_02_data_augmentation as lab


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
        "pipeline",
        "techniques_shown",
        "three_ways",
        "mixing",
        "severity",
        "techniques",
        "evaluate",
        "notice",
        "try_this",
    ]
    figures = {"pictures", "mixed_pictures", "severity_pareto", "severity_curve", "techniques_pareto"}
    assert set(blocks(out, "figure")) == figures
    assert set(blocks(out, "table")) == {"pipeline_table", "severity_table", "techniques_table"}
    assert set(blocks(out, "check")) == {
        "one_window",
        "brightness_range",
        "clip_to_one",
        "zoom_arguments",
        "rotation_degrees",
        "ratio",
        "keras_labels",
    }
    assert len(blocks(out, "table")["pipeline_table"]["rows"]) == 7
    info = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (info["name"], info["mode"], info["dataset"]["name"]) == ("lab-2.2", "quick", "shapes")
    assert (out / "report.html").exists()


def test_both_studies_have_their_trials_and_share_their_baseline(quick):
    _, out = quick
    records = {}
    for path in (out / "studies").iterdir():
        found = [json.loads(file.read_text(encoding="utf-8")) for file in path.glob("trials/*/trial.json")]
        records[path.name.rpartition("-")[0]] = {(row["variant"], row["seed"]): row["figures"] for row in found}
    assert set(records["severity"]) == {(name, seed) for name in ("none", "light", "too_strong") for seed in (0, 1)}
    assert set(records["techniques"]) == {(name, seed) for name in ("none", "crop", "CutMix") for seed in (0, 1)}
    for seed in (0, 1):
        figures = [records[name]["none", seed]["val_accuracy"] for name in ("severity", "techniques")]
        assert figures[0] == figures[1]


@pytest.mark.parametrize("name", [*lab.TECHNIQUES, "zoom", *POLICIES])
def test_every_variant_is_a_technique_for_the_data(name):
    dataset = lab.load_images(small=True, num_shapes=100)
    images, labels = dataset.train.inputs[:4], dataset.train.targets[:4]
    changed, _ = lab.technique(name, dataset).augment(images, labels, generator=np.random.default_rng(0))
    assert changed.shape == images.shape and changed.dtype == np.uint8


def test_the_pipelines_bring_the_same_images_where_nothing_is_augmented():
    images = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype="uint8")
    found = lab.pipelines(images, np.arange(20))
    for x, y in found["without augmentation"]:
        assert np.array_equal(x, images[y.numpy()])
    for name in ("all stages", "without cache", "without prefetch"):
        x, _ = next(iter(found[name]))
        assert x.shape == (20, 32, 32, 3) and 0 <= float(x.numpy().min()) and float(x.numpy().max()) <= 255


def test_it_is_listed():
    assert LABS["2.2"].module.endswith("uygulama_02_data_augmentation")
