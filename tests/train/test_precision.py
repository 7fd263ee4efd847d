"""The choice of precision: by measurement, remembered, and refusing what is slow."""

import json

import keras
import pytest

from atolye.train import precision
from atolye.train.precision import choose_precision


@pytest.fixture
def measurement(monkeypatch, tmp_path):
    """Replace the benchmark by a number, and count how often it is asked for."""
    calls = []

    def answer(ratio):
        def measure():
            calls.append(ratio)
            return ratio

        monkeypatch.setattr(precision, "_measure", measure)
        return calls

    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path))
    return answer


@pytest.mark.parametrize(
    ("ratio", "policy"), [(0.4, "float32"), (1.149, "float32"), (1.15, "mixed_bfloat16"), (3.2, "mixed_bfloat16")]
)
def test_auto_takes_bfloat16_only_when_it_is_clearly_faster(measurement, ratio, policy):
    measurement(ratio)
    choice = choose_precision("auto")
    assert (choice.policy, choice.ratio, choice.measured) == (policy, ratio, True)
    assert f"{ratio:.2f} times" in choice.reason
    assert keras.DTypePolicy(choice.policy).variable_dtype == "float32"


def test_measured_once_for_machine_and_versions(measurement, tmp_path, monkeypatch):
    calls = measurement(2.0)
    assert choose_precision("auto") == choose_precision("auto")
    assert calls == [2.0]
    (key,) = json.loads((tmp_path / "precision.json").read_text())
    assert f"keras {keras.__version__}" in key
    monkeypatch.setattr(precision, "_machine", lambda: "another machine")
    measurement(1.0)
    assert choose_precision("auto").policy == "float32"
    assert sorted(json.loads((tmp_path / "precision.json").read_text()).values()) == [1.0, 2.0]


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"KEY": "fast"}', '{"KEY": -1}', '{"KEY": NaN}', "\xff\xfe"])
def test_damaged_cache_is_measured_again(measurement, tmp_path, text):
    calls = measurement(2.0)
    path = tmp_path / "precision.json"
    path.write_bytes(text.replace("KEY", precision._machine()).encode("latin-1"))
    assert choose_precision("auto").ratio == 2.0
    assert calls == [2.0]
    assert json.loads(path.read_text())[precision._machine()] == 2.0


def test_cache_folder_that_cannot_be_made_is_no_obstacle(measurement, tmp_path, monkeypatch):
    measurement(2.0)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert choose_precision("auto").ratio == 2.0


def test_tables_stay_in_float32_unless_asked(measurement):
    calls = measurement(9.0)
    choice = choose_precision("auto", kind="table")
    assert (choice.policy, choice.measured, calls) == ("float32", False, [])
    assert choose_precision("bfloat16", kind="table").policy == "mixed_bfloat16"


def test_what_is_asked_for_is_taken(measurement):
    calls = measurement(9.0)
    assert choose_precision("float32").policy == "float32"
    assert choose_precision("bfloat16").to_dict() == {
        "policy": "mixed_bfloat16",
        "reason": "asked for",
        "ratio": None,
        "measured": False,
    }
    assert calls == []


def test_other_backends_stay_in_float32(measurement, monkeypatch):
    calls = measurement(9.0)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    choice = choose_precision("auto")
    assert (choice.policy, choice.reason, calls) == ("float32", "not measured on the backend 'jax'", [])


def test_errors():
    with pytest.raises(ValueError, match="precision='float16'; expected.*95 times slower.*take 'bfloat16'"):
        choose_precision("float16")
    with pytest.raises(ValueError, match="precision='bfloat61'; expected.*Did you mean 'bfloat16'"):
        choose_precision("bfloat61")
