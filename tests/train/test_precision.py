"""bfloat16 only where it was measured to be faster; measured once."""

import json

import pytest

from atolye.files import cache_dir
from atolye.train.precision import choose_precision


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path / "cache"))


def unexpected():
    pytest.fail("nothing is to be measured here")


@pytest.mark.parametrize(("speedup", "policy"), [(2.0, "mixed_bfloat16"), (1.15, "mixed_bfloat16"), (1.14, "float32")])
def test_the_measurement_decides(speedup, policy):
    chosen = choose_precision("auto", measure=lambda: speedup)
    assert chosen.policy == policy
    assert chosen.speedup == speedup
    assert f"measured {speedup:.2f} times as fast" in chosen.reason


def test_it_is_measured_once_per_machine():
    first = choose_precision("auto", measure=lambda: 3.0)
    assert choose_precision("auto", measure=unexpected) == first


@pytest.mark.parametrize("content", ["", "{half", "[]", '{"another machine": 9.0}'])
def test_a_damaged_or_foreign_cache_is_measured_again(content):
    (cache_dir() / "precision.json").write_text(content)
    assert choose_precision("auto", measure=lambda: 1.0).policy == "float32"
    assert 1.0 in json.loads((cache_dir() / "precision.json").read_text()).values()


def test_what_the_recipe_says_is_done_without_measuring():
    assert choose_precision("float32", measure=unexpected).policy == "float32"
    assert choose_precision("bfloat16", measure=unexpected).policy == "mixed_bfloat16"
    assert choose_precision("auto", kind="table", measure=unexpected).policy == "float32"


def test_other_settings_are_refused():
    with pytest.raises(ValueError, match="'float16' is about 95 times slower than float32 on a CPU"):
        choose_precision("float16")
    with pytest.raises(ValueError, match="must be 'auto', 'float32' or 'bfloat16'; received 'half'"):
        choose_precision("half")


def test_the_micro_benchmark_measures_something():
    from atolye.train.precision_tensorflow import bfloat16_speedup

    assert 0.01 < bfloat16_speedup() < 100
