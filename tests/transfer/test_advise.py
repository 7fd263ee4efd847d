"""The advice: the guide's rule, the best network that is in time, and what it says where nothing is."""

import pytest

from atolye.transfer import advise, backbone_speed
from atolye.transfer.backbone_facts import FACTS
from atolye.transfer.backbone_speed import Speed

FAST, GOOD, SLOW = "efficientnet-lite0", "efficientnet-v2-b0", "convnext-tiny"
RATES = {FAST: 400.0, GOOD: 200.0, SLOW: 10.0}
LITE = {"backbones": [FAST]}


@pytest.fixture(autouse=True)
def known_speeds(monkeypatch, tmp_path):
    """Speeds that are known, and a Keras cache that holds nothing."""
    from keras.src.utils import file_utils

    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    monkeypatch.setattr(backbone_speed, "_measure", lambda name, size: Speed(1.0, RATES.get(name, 50.0), 123))


def test_the_best_network_that_is_in_time_is_taken():
    found = advise(7_000, similarity="medium", budget_minutes=120, backbones=list(RATES))
    # two_stage of a quarter: by hand, 5 of 23 blocks, two passes over 10,000 images, 15 epochs of 3 passes' cost
    seconds = 30 + (2 * 10_000 + 15 * 7_000 * 3 * 5 / 23 + 0) / 200 + 20 * 7_000 / 20_000
    row = found.table.set_index("backbone").loc[GOOD]
    assert row["minutes"] == pytest.approx(seconds / 60 + (6 - 5) / 23 * 15 * 7_000 * 3 / 200 / 60)  # 23 / 4 is 6
    assert (found.strategy, found.blocks, found.backbone, found.fits) == ("two_stage", 6, GOOD, True)
    assert found.estimated_minutes == round(row["minutes"], 1)
    assert found.command == (
        "atolye finetune DATA --backbone efficientnet-v2-b0 --strategy two_stage --blocks 6 --image-size 96"
    )
    assert found.reasons[0].startswith("7,000 examples (some), likeness medium: early blocks see edges")
    assert "best published accuracy (78.7 %) of those that finish within 2.0 h; about 9 min" in found.reasons[1]
    assert advise(7_000, budget_minutes=600, backbones=list(RATES)).backbone == SLOW
    assert advise(7_000, budget_minutes=8, backbones=list(RATES)).backbone == FAST


def test_where_the_budget_is_small_less_is_trained():
    found = advise(50_000, num_classes=10, similarity="low", budget_minutes=60, data="my photos", **LITE)
    assert (found.strategy, found.blocks, found.fits) == ("two_stage", 9, True)
    assert found.reasons[0].startswith("50,000 examples of 10 classes (many), likeness low")
    assert found.reasons[1] == "To train that far takes 63 min or more, and the budget is 60 min: less is trained."
    assert found.command.startswith("atolye finetune 'my photos' --backbone")
    assert advise(50_000, similarity="low", budget_minutes=300, **LITE).strategy == "full"
    assert advise(50_000, similarity="low", budget_minutes=6, **LITE).strategy == "feature_extraction"


def test_a_budget_that_nothing_fits():
    found = advise(50_000, similarity="low", budget_minutes=1, backbones=list(RATES))
    assert (found.strategy, found.backbone, found.fits) == ("feature_extraction", FAST, False)
    assert found.estimated_minutes > 1
    assert "It will not fit: even the fastest, efficientnet-lite0, takes about 4 min" in found.reasons[2]
    few = advise(500, similarity="high", budget_minutes=0.1, **LITE)
    assert few.fits is False and not any("less is trained" in reason for reason in few.reasons)


def test_feature_extraction_has_no_blocks_and_its_time_is_one_pass():
    found = advise(700, similarity="high", **LITE)
    assert found.command.endswith("--strategy feature_extraction --image-size 96")
    assert found.table["minutes"][0] == pytest.approx((30 + 1_000 / 400 + 20 * 700 / 20_000) / 60)
    full = advise(20_000, similarity="low", budget_minutes=1e4, **LITE)
    assert (full.strategy, full.blocks) == ("full", None)
    assert full.table["minutes"][0] == pytest.approx((30 + 10 * 20_000 * 3 / 400) / 60)


def test_the_table_is_whole_and_says_whose_weights_are_here():
    found = advise(500)
    table = found.table.set_index("backbone")
    assert set(table.index) == set(FACTS) and table["top1"].is_monotonic_decreasing
    assert table["weights_here"].to_dict() == {name: name == FAST for name in FACTS}
    assert (table["flops"] == 123).all() and (
        table["images_per_second"] == [RATES.get(n, 50.0) for n in table.index]
    ).all()
    # A network that was published with images of 380 pixels is not taken for 96, but is for 160.
    assert found.backbone == SLOW and "efficientnet-b4 was passed over" in found.reasons[2]
    assert "(111 MB) are not on this machine and will be downloaded once; without a network take" in found.reasons[3]
    assert advise(500, image_size=160).backbone == "efficientnet-b4"
    assert advise(500, backbones=["EfficientNet_B4"]).backbone == "efficientnet-b4"  # the only one asked for


def test_offline_only_what_is_here_is_taken():
    found = advise(500, offline=True)
    assert found.backbone == FAST and not any("download" in reason for reason in found.reasons)
    with pytest.raises(
        ValueError, match="weights of vgg16, resnet50 are not on this machine.*Add 'efficientnet-lite0'"
    ):
        advise(500, offline=True, backbones=["vgg16", "resnet50"])


def test_without_a_measurement_there_is_no_estimate(monkeypatch):
    def refuse(name, size):
        raise AssertionError("measured")

    monkeypatch.setattr(backbone_speed, "_measure", refuse)
    found = advise(5_000, measure=False)
    assert (found.backbone, found.estimated_minutes, found.fits) == (FAST, None, None)
    assert found.table["minutes"].isna().all() and found.table["milliseconds"].isna().all()
    row = found.table.set_index("backbone").loc["vgg16"]
    assert row["flops"] == 5_637_537_792  # the published constant, at 96 pixels
    assert "Nothing has been measured here" in found.reasons[1]
    assert advise(5_000, measure=False, backbones=["vgg16", "mobilenet-v2"]).backbone == "mobilenet-v2"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_examples": 0}, "Received num_examples=0; expected 1 or more"),
        ({"similarity": "alike"}, "Received similarity='alike'"),
        ({"num_classes": 1}, "Received num_classes=1; expected 2 or more"),
        ({"budget_minutes": 0}, "Received budget_minutes=0; expected more than 0"),
        ({"budget_minutes": float("nan")}, "Received budget_minutes=nan"),
        ({"image_size": 31}, "Received image_size=31; expected 32 or more"),
        ({"backbones": ["resnet5"]}, "Received backbone 'resnet5'; expected vgg16, .* Did you mean 'resnet50'"),
        ({"backbones": []}, "Received no backbones"),
    ],
)
def test_mistakes(arguments, message):
    with pytest.raises(ValueError, match=message):
        advise(**({"num_examples": 100} | arguments))
