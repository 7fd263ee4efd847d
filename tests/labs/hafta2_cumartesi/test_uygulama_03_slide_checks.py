"""Each box says what was computed from the blocks, the slide's table, or the lab's measurements."""

import pandas as pd
import pytest

from atolye.labs.hafta2_cumartesi import uygulama_03_ileri_cnn as lab
from atolye.labs.hafta2_cumartesi import uygulama_03_slide_checks as checks


def test_a_bottleneck_of_the_same_width_is_17_times_smaller(page):
    checks.check_bottleneck(page, lab.basic_block, lab.bottleneck_block)
    found = page.found["bottleneck_ratio"]
    assert found["wide"] == 18 * 256**2 and found["narrow"] == 18 * 64**2
    assert found["squeezed"] == 17 * 256**2 // 16
    assert found["measured"] == pytest.approx(288 / 17)


def test_separable_time_is_told_beside_the_arithmetic(page):
    names = ["conv_layer", "separable_layer", "conv_network", "separable_network"]
    costs = pd.DataFrame({"flops": [1000, 125, 9, 9], "images_per_second": [10.0, 20.0, 8.0, 4.0]}, index=names)
    checks.check_separable(page, costs)
    found = page.found["separable_time"]
    assert (found["saved"], found["layer"], found["network"]) == (0.875, 2.0, 0.5)
    assert found["measured"]["en"] == "2.00 times the speed"
    assert found["expected"]["en"] == "8.00 times less arithmetic"


def test_by_the_slides_own_table_mobilenet_has_most_per_parameter(page):
    checks.check_per_parameter(page)
    found = page.found["per_parameter"]
    assert (found["measured"], found["expected"]) == ("MobileNetV2: 21.2", "EfficientNetB0: 14.5")
    assert found["front"] == "MobileNetV2, EfficientNetB0, EfficientNetB4"


def test_the_cause_is_told_with_gradients_and_accuracies(page):
    ratios = {"depth": 44, "plain_no_bn": 1e-5, "plain": 3.0, "residual": 1.5, "residual_no_bn": 0.2}
    checks.check_vanishing(page, ratios, {"plain_no_bn": 0.1, "plain": 0.3, "residual": 0.5})
    found = page.found["vanishing_cause"]
    assert (found["measured"], found["expected"], found["depth"]) == (3.0, 1e-5, 44)
    assert (found["plain_accuracy"], found["residual_accuracy"], found["no_bn_accuracy"]) == (0.3, 0.5, 0.1)
