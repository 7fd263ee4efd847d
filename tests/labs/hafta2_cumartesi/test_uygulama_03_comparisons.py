"""Blocks by hand and the library's agree, counts agree with the papers, gradients with what theory says."""

import keras
import numpy as np
import pytest

from atolye.labs.hafta2_cumartesi import uygulama_03_comparisons as comparisons
from atolye.labs.hafta2_cumartesi import uygulama_03_ileri_cnn as lab

BY_HAND = {
    "basic": lab.basic_block,
    "bottleneck": lab.bottleneck_block,
    "preact": lab.preact_block,
    "separable": lab.separable_conv,
    "squeeze_excite": lab.squeeze_excite,
}


def test_blocks_by_hand_are_the_librarys():
    table = comparisons.blocks_against_library(BY_HAND)
    assert table["by_formula"].tolist() == table["by_keras"].tolist()
    assert (table["difference"] < 1e-5).all()


def test_another_block_is_found_out():
    def without_relu(x, filters, strides=1):
        y = lab.conv_bn(x, filters, 3, strides, name="a")
        y = lab.conv_bn(y, filters, 3, name="b")
        return keras.layers.ReLU()(keras.layers.Add()([lab.way_around(x, filters, strides, at="c"), y]))

    table = comparisons.blocks_against_library(BY_HAND | {"basic": without_relu}).set_index("name")
    assert table.loc["basic", "difference"] > 1e-3
    assert table.loc["preact", "difference"] < 1e-5


def test_a_drawing_names_the_layers_of_a_block():
    words = {text.get_text() for text in comparisons.draw_block(lab.bottleneck_block).axes[0].texts}
    assert {"conv_1", "conv_2", "conv_3", "add"} <= {line for word in words for line in word.split("\n")}


def test_builders_count_what_is_published():
    table = comparisons.builders_against_papers((18, 20)).set_index("depth")
    assert table["parameters"].tolist() == [11_689_512, 269_722]
    assert table["published"].tolist() == ["11\u202f689\u202f512", "0.27 M"]
    assert table.loc[18, "macs"].startswith("1.8") and table.loc[20, "macs"] == "0.041 G"


def test_costs_are_counted_and_timed():
    model = keras.Sequential([keras.Input((4, 4, 2)), keras.layers.Conv2D(3, 1, use_bias=False)])
    table = comparisons.costs_of({"tiny": model}, rounds=1, batch_size=2)
    assert table.loc[0, ["name", "parameters", "flops"]].tolist() == ["tiny", 6, 2 * 16 * 6]
    assert table.loc[0, "milliseconds"] > 0 and table.loc[0, "images_per_second"] > 0


def test_gradients_vanish_in_the_plain_network_without_norms_only():
    random = np.random.default_rng(0)
    x, y = random.integers(0, 256, (16, 8, 8, 3)).astype("uint8"), random.integers(0, 10, 16)
    ratios = {}
    for kind in ("plain_no_bn", "residual_no_bn"):
        norms = comparisons.gradient_norms(lab.build(kind, 3, (8, 8, 8), 8), x, y, seed=0)
        assert len(norms) == 19  # 6 n + 2 layers, the last one is Dense
        ratios[kind] = norms[0] / norms[-1]
    assert ratios["plain_no_bn"] < 0.02 < ratios["residual_no_bn"]


@pytest.mark.parametrize(
    ("mine", "name"), [([0.6, 0.7, 0.8], "gain_shown"), ([0.6, 0.5, 0.7], "gain_unproven"), ([0.6], "gain_single")]
)
def test_a_difference_is_told_as_shown_or_not(page, mine, name):
    other = [0.5, 0.6, 0.71][: len(mine)]
    comparisons.judge(page, {"a": mine, "b": other}, "a", "b")
    values = page.found[name]
    assert values["difference"] == pytest.approx(np.mean(np.subtract(mine, other)))
    assert (values["variant"], values["baseline"], values.get("seeds", 1)) == ("a", "b", len(mine))
