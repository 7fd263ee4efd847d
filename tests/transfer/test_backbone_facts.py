"""The table's constants against the networks themselves, and the weights against Keras's cache."""

import pytest

from atolye.models import BACKBONES, backbone
from atolye.profile import profile
from atolye.transfer import find_blocks
from atolye.transfer.backbone_facts import FACTS, weights_are_here


def test_every_backbone_has_its_row():
    assert tuple(FACTS) == BACKBONES
    for facts in FACTS.values():
        assert 0.7 < facts.top1 < 0.84 and facts.pixels >= 224
    assert FACTS["vgg16"].megabytes == pytest.approx(58.9, abs=0.1)  # of Keras's file


@pytest.mark.parametrize("name", ["vgg16", "efficientnet-lite0"])  # the cheapest to build
def test_constants_are_what_the_profile_counts(name):
    model = backbone(name, (96, 96, 3), weights=None)
    totals, facts = profile(model).totals, FACTS[name]
    assert totals["parameters"] == facts.parameters
    assert totals["flops"] == facts.flops_at(96)
    assert facts.flops_at(224) == facts.flops
    assert len(find_blocks(model)) == facts.blocks


@pytest.mark.parametrize(
    ("name", "size"), [("vgg16", 32), ("mobilenet-v2", 96), ("mobilenet-v2", 48), ("efficientnet-lite0", 96)]
)
def test_weights_are_where_keras_looks_for_them(name, size, monkeypatch, tmp_path):
    from keras.src.utils import file_utils

    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    if name == "efficientnet-lite0":
        assert weights_are_here(name, size)  # installed with atolye
        return
    assert not weights_are_here(name, size)
    asked = []

    def get_file(fname, *args, **kwargs):
        asked.append(tmp_path / kwargs["cache_subdir"] / fname)
        raise OSError("no network")

    monkeypatch.setattr(file_utils, "get_file", get_file)
    with pytest.raises(ConnectionError):
        backbone(name, (size, size, 3))
    asked[0].parent.mkdir()
    asked[0].touch()
    assert weights_are_here(name, size)
