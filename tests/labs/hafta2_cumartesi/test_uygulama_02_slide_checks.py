"""Each check is a fact about the installed Keras: when Keras changes, the texts of the lab have to."""

import numpy as np
import pytest

from atolye.labs.hafta2_cumartesi import uygulama_02_slide_checks as checks

IMAGES = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), dtype="uint8")


def test_zoom(page):
    checks.check_zoom(page)
    assert page.found["zoom_arguments"]["measured"].endswith("Received: input_number=5")


def test_rotation(page):
    checks.check_rotation(page)
    assert page.found["rotation_degrees"]["measured"] == pytest.approx(36, abs=1)


def test_brightness(page):
    checks.check_brightness(page, IMAGES)
    found = page.found["brightness_range"]
    assert found["measured"] > 0.9 and found["highest"] > 1 and found["told"] <= 1


def test_crop_takes_one_window_for_the_batch(page):
    checks.check_crop(page, IMAGES)
    assert page.found["one_window"] == {"measured": 1, "expected": 64, "shape": "(28, 28)"}


def test_clip(page):
    checks.check_clip(page, IMAGES)
    assert page.found["clip_to_one"]["measured"] > 0.9


def test_ratio(page):
    gaps = checks.check_ratio(page)
    assert gaps["slide"] > 0.05 and gaps["ours"] < 1e-6
    assert page.found["ratio"]["measured"] == pytest.approx(gaps["slide"], abs=1e-3)


def test_labels(page):
    checks.check_labels(page, IMAGES[:8], np.arange(8))
    found = page.found["keras_labels"]
    assert "Error" in found["measured"] and found["changed"] == 0
