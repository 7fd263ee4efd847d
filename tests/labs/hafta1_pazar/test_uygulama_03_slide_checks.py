"""Each check is a fact about the installed Keras: when Keras changes, the texts of the lab have to."""

import numpy as np
import pytest

from atolye.labs.hafta1_pazar import uygulama_03_slide_checks as checks
from atolye.labs.hafta1_pazar.uygulama_03_functional_api import slide_model


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    return [random.normal(size=(64, 20)).astype("float32"), random.integers(0, 3, (64, 10)).astype("float32")]


def test_graph(page, rows):
    checks.check_graph(page, slide_model(), rows)
    assert page.found["input_order"]["error"].startswith("ValueError: Input 0 with name 'numeric'")
    assert page.found["positional"]["measured"] == page.found["positional"]["expected"] == "activation='relu'"
    assert page.found["sequential"] == {"measured": 441, "expected": 441}


def test_widths(page):
    checks.check_widths(page)
    assert "incompatible shapes" in page.found["widths"]["measured"]
    assert page.found["broadcast"]["shape"] == "(None, 64)"


def test_outputs(page, rows):
    random = np.random.default_rng(1)
    targets = {"main": random.integers(0, 2, 64), "aux": random.integers(0, 3, 64)}
    checks.check_outputs(page, slide_model, rows, targets)
    missing = page.found["missing_loss"]
    assert missing["measured"].startswith("ValueError: Expected keys ['main', 'aux'] in loss dict")
    assert missing["single"].startswith("ValueError")
    assert missing["named"] == {"tr": "(hata yok)", "en": "(no error)"}
    assert "Error" in page.found["metrics_list"]["measured"]
    # Lists follow the alphabet when outputs have names: the weight meant for main went to aux.
    weights = page.found["weight_order"]
    assert weights["measured"] == pytest.approx(weights["aux"], rel=1e-6)
    assert weights["measured"] != pytest.approx(weights["expected"], rel=1e-2)
    assert page.found["swapped_labels"]["error"]["en"] == "(no error)"
