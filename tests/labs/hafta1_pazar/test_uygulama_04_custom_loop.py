import json

import pytest

from atolye.labs import LABS
from atolye.labs.hafta1_pazar import uygulama_04_custom_loop as lab

# Keras warns about its own default, shuffle=True, when fit gets a dataset.
pytestmark = pytest.mark.filterwarnings("ignore:`shuffle=True` was passed:UserWarning")


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    out = tmp_path_factory.mktemp("lab")
    return lab.main(quick=True, out=out), out


def test_figures_are_in_their_bands(quick):
    figures, _ = quick
    for name, (low, high) in lab.BANDS["quick"].items():
        assert low <= figures[name] <= high, name
    assert figures["eager_to_compiled"] > 0 and figures["float16_speedup"] > 0  # which is faster, the machine decides


def blocks(out, kind):
    page = json.loads((out / "page.json").read_text(encoding="utf-8"))
    return {block["id"]: block for block in page["blocks"] if block["type"] == kind}


def test_every_item_of_the_slides_is_on_the_page(quick):
    _, out = quick
    assert list(blocks(out, "section")) == [
        "data",
        "loop",
        "clipping",
        "precision",
        "loss_metric",
        "project",
        "try_this",
    ]
    assert {"loops", "clipping_results", "step_times", "focal_results", "project_scores"} == set(blocks(out, "table"))
    assert (out / "report.html").exists()
    info = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (info["name"], info["mode"], info["dataset"]["name"]) == ("lab-1.4", "quick", "mnist_small")


def test_slide_checks_are_measured(quick):
    _, out = quick
    checks = blocks(out, "check")
    assert set(checks) == {"adam_lr", "metric_reset", "not_compiled"}
    assert checks["adam_lr"]["measured"]["en"].startswith("ValueError: Argument(s) not recognized: {'lr'")
    # The metric that is never reset carries the weak first epochs.
    assert float(checks["metric_reset"]["measured"]["en"]) < float(checks["metric_reset"]["expected"]["en"])


def test_directions_of_the_clipped_gradients(quick):
    _, out = quick
    rows = blocks(out, "table")["clipping_results"]["rows"]
    cosines = [float(row[1]) for row in rows]
    assert cosines[0] == cosines[3] == 1.0  # none, and global norm
    assert max(cosines[1:3]) < 0.99  # by value, by norm
    assert [row[3] for row in rows[1:]] == ["–"] * 3  # nothing that is clipped diverges


def test_it_is_listed():
    assert LABS["1.4"].module.endswith("uygulama_04_custom_loop")
