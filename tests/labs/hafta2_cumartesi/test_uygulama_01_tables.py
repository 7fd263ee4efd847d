"""The tables of lab 2.1 hold what the formulas say."""

import numpy as np
import pytest

from atolye.labs.hafta2_cumartesi import uygulama_01_tables as tables


def test_one_layer_in_nine_forms():
    found = tables.one_layer_table().set_index("name")
    assert found["counted"].tolist() == found["flops"].tolist()
    plain = 2 * 16 * 16 * 3 * 3 * 32 * 64
    assert found["flops"]["3x3"] == plain
    assert found["flops"]["padding='valid'"] == plain * 14 * 14 // (16 * 16)
    assert found["flops"]["strides=2"] == found["flops"]["groups=4"] == plain // 4
    assert found["share"]["depthwise + 1x1"] == pytest.approx(1 / 64 + 1 / 9)
    kernels = found["effective_kernel"].to_dict()
    assert (kernels["dilation_rate=2"], kernels["dilation_rate=4"]) == ("5 x 5", "9 x 9")
    assert kernels["depthwise + 1x1"] == "3 x 3"
    assert found["parameters"]["dilation_rate=4"] == found["parameters"]["3x3"] == 9 * 32 * 64


def test_fields_by_formula_are_the_measured_ones():
    found = tables.field_table().set_index("name")
    assert found["field"].tolist() == found["measured"].tolist()
    assert found["measured"].to_dict() == {
        "3x3": 3,
        "5x5": 5,
        "3x3, 3x3": 5,
        "3x3, 3x3, 3x3": 7,
        "3x3, MaxPooling2D, 3x3": 8,
        "3x3 (strides=2), 3x3": 7,
        "3x3 (dilation_rate=2)": 5,
        "3x3 (dilation_rate=4)": 9,
        "3x3 (dilation_rate=1, 2, 4)": 15,
        "3x3 (dilation_rate=2, 2, 2)": 13,
    }
    assert found["pixels"]["3x3 (dilation_rate=1, 2, 4)"] == 15
    assert found["pixels"]["3x3 (dilation_rate=2, 2, 2)"] == 7
    assert found["weights"]["3x3, 3x3"] == 18


def test_only_batch_normalization_minds_its_company():
    random = np.random.default_rng(0)
    maps = random.normal(random.normal(size=(128, 1, 1, 1)), 1.0, (128, 6, 6, 16)).astype("float32")
    found = tables.company_table(maps).set_index("name")
    assert found.loc["BatchNorm", "change_2"] > 2 * found.loc["BatchNorm", "change_64"] > 0
    others = found.loc[["LayerNorm", "GroupNorm"], ["change_2", "change_64"]].to_numpy()
    np.testing.assert_allclose(others, 0, atol=1e-6)
    assert found["weights"].tolist() == [32, 32, 32] and found["moving"].tolist() == [32, 0, 0]
