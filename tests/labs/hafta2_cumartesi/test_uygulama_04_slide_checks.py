"""Each box says what was computed, tried in this Keras, or measured by the lab."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from atolye.data import Split
from atolye.labs.hafta2_cumartesi import uygulama_04_slide_checks as checks


def test_enlarged_images_take_36_times_the_memory(page):
    checks.check_memory(page, (32, 32, 3), side=96)
    found = page.found["enlarged"]
    assert found["times"] == pytest.approx(9 * 4)
    assert found["measured"]["en"] == "5.53 GB" and found["expected"]["en"] == "0.15 GB"


def test_thirty_layers_end_inside_of_a_block(page):
    checks.check_last_30(page)
    found = page.found["last_30"]
    assert found["block"] == "block6d" and found["first"].startswith("block6d_")
    assert found["measured"]["en"].startswith("block6d: ") and not found["measured"]["en"].startswith("block6d: 0 ")


def test_the_argument_of_the_call_is_overridden_and_a_frozen_norm_is_not(page):
    checks.check_training_argument(page)
    found = page.found["training_false"]
    assert found["measured"] == pytest.approx(0.5) and found["frozen"] == found["expected"] == 0.0


@pytest.mark.parametrize(
    ("accuracy", "loss", "measured", "best"),
    [([0.5, 0.4, 0.6], [3.0, 2.0, 1.0], 8, 9), ([0.5, 0.6, 0.7], [3.0, 1.0, 2.0], "never fell", 8)],
)
def test_the_first_fall_is_told_beside_the_best_epoch(page, accuracy, loss, measured, best):
    history = pd.DataFrame({"epoch": [7, 8, 9], "val_accuracy": accuracy, "val_loss": loss})
    checks.check_first_fall(page, history, judged=100)
    found = page.found["first_fall"]
    told = found["measured"]["en"] if isinstance(found["measured"], dict) else found["measured"]
    assert (told, found["expected"]) == (measured, best)
    assert 0.08 < found["margin"] < 0.1


def test_images_in_0_1_are_told_beside_those_in_0_255(page):
    images = np.array([[[[250.0]]], [[[10.0]]]])

    def answers(x):  # class 1 above half of the range
        bright = (x[:, 0, 0, 0] > 127).astype(int)
        return np.eye(2)[bright]

    checks.check_scaled_twice(page, answers, Split(images, np.array([1, 0]), np.array(["a", "b"])))
    assert (page.found["scaled_twice"]["measured"], page.found["scaled_twice"]["expected"]) == (0.5, 1.0)


def test_forgetting_is_told_at_a_tenth_of_the_rate_and_at_both_ends(page):
    rows = [("full", 1e-3, 0.6, 0.4), ("full", 1e-4, 0.5, 0.2), ("full", 1e-5, 0.1, 0.01), ("partial", 1e-3, 0.3, 0.3)]
    table = pd.DataFrame(rows, columns=["strategy", "learning_rate", "target_gained", "source_lost"])
    checks.check_forgetting(page, table, head_rate=1e-3)
    found = page.found["rate_forgets"]
    assert (found["measured"], found["rate"], found["gained"]) == (0.2, 1e-4, 0.5)
    assert (found["highest_lost"], found["lowest_lost"], found["lowest_gained"]) == (0.4, 0.01, 0.1)


def test_the_layer_of_a_nested_backbone_is_not_found(page):
    checks.check_nested_layer(page)
    assert "No such layer: top_conv" in page.found["nested_layer"]["measured"]


def test_a_sure_softmax_has_little_slope(page):
    inputs = keras.Input((8, 8, 1))
    x = layers.Conv2D(2, 3, padding="same", name="maps")(inputs)
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(2, "softmax", name="answer")(x))
    kernel = np.zeros((3, 3, 1, 2), "float32")
    kernel[1, 1, 0] = (1.0, -1.0)
    model.get_layer("maps").set_weights([kernel, np.zeros(2, "float32")])
    model.get_layer("answer").set_weights([np.eye(2, dtype="float32"), np.zeros(2, "float32")])
    images = np.random.default_rng(0).uniform(1.0, 3.0, (3, 8, 8, 1)).astype("float32")
    checks.check_softmax(page, model, images)
    found = page.found["softmax_slope"]
    assert found["confidence"] > 0.95 and 0 < found["measured"] < 0.2
    assert found["images"] == 3 and found["flat"] == 0


def test_at_its_own_size_b4_takes_far_more_than_its_parameters_say(page):
    checks.check_published_pixels(page)
    found = page.found["published_pixels"]
    assert found["measured"] == pytest.approx(3.9058 * (380 / 224) ** 2, rel=1e-3)
    assert found["expected"] == pytest.approx(17_673_823 / 4_049_571) and (found["large"], found["small"]) == (380, 224)
