"""Each check is a fact about the installed Keras: when Keras changes, the texts of the lab have to."""

import pytest

from atolye.labs.hafta2_cumartesi import uygulama_01_slide_checks as checks


def test_correlation(page):
    checks.check_correlation(page)
    assert page.found["correlation"]["measured"] > 1
    assert page.found["correlation"]["straight"] == 0


def test_parameters(page):
    checks.check_parameters(page)
    expected = {"measured": 51264, "expected": 51264, "five": 51264, "three": 18496, "bare": 18432}
    assert page.found["five_by_five"] == expected


def test_bias(page):
    checks.check_bias(page)
    assert page.found["bias"]["measured"] == 0


def test_padding(page):
    checks.check_padding(page)
    assert page.found["edges"] == {"measured": 4.0, "expected": 4.0, "repeated": 9.0}
    assert page.found["same_size"] == {"measured": 16, "expected": 16, "valid": 15}


def test_dilation(page):
    checks.check_dilation(page)
    found = page.found["reach"]
    assert (found["measured"], found["expected"], found["pixels"]) == ("5, 9", "5, 9", 3)
    assert found["error"].startswith("ValueError") and "dilation_rate" in found["error"]


def test_separable(page):
    checks.check_separable(page)
    found = page.found["saving"]
    assert found["measured"] == found["expected"] == 0.8733
    assert found["few"] == pytest.approx(1 - 1 / 16 - 1 / 9, abs=1e-4)
    assert found["large"] == pytest.approx(1 - 1 / 64 - 1 / 25, abs=1e-4)
    assert found["one"] < 0


def test_flatten(page):
    checks.check_flatten(page, side=4, channels=64, num_classes=10)
    found = page.found["flatten"]
    assert (found["measured"], found["expected"], found["flat"]) == (650, 650, 10250)


def test_group_norm(page):
    checks.check_group_norm(page)
    assert page.found["groups_of_32"]["measured"].startswith("ValueError")
    assert page.found["groups_of_32"]["means"] == 0


def test_layer_norm(page):
    checks.check_layer_norm(page)
    assert page.found["layer_norm"]["measured"] == 0
    assert page.found["layer_norm"]["expected"] > 1.5
