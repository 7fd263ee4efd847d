"""Speeds: measured once, kept by machine and size, and never lost or trusted where the file is damaged."""

import json

import keras
import pytest

from atolye.transfer import backbone_speed
from atolye.transfer.backbone_speed import Speed, kept_speeds, measure_speeds


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """Return the list of what was measured; each measurement gives another figure."""
    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path))
    done = []

    def measure(name, image_size):
        done.append((name, image_size))
        return Speed(1.5 * len(done), 100.0, 7)

    monkeypatch.setattr(backbone_speed, "_measure", measure)
    return done


def test_what_was_measured_is_kept_by_size(measured, tmp_path):
    seen = []
    first = measure_speeds(["vgg16", "resnet50"], 96, progress=lambda *counts: seen.append(counts))
    assert first == {"vgg16": Speed(1.5, 100.0, 7), "resnet50": Speed(3.0, 100.0, 7)} == kept_speeds(96)
    assert seen == [(0, 2), (1, 2), (2, 2)]
    again = measure_speeds(["resnet50", "vgg19"], 96)
    assert again == {"resnet50": first["resnet50"], "vgg19": Speed(4.5, 100.0, 7)}
    measure_speeds(["vgg16"], 64)
    assert measured == [("vgg16", 96), ("resnet50", 96), ("vgg19", 96), ("vgg16", 64)]
    assert len(kept_speeds(96)) == 3 and kept_speeds(128) == {}
    # One processor with these versions in the file; another would have its own entry.
    (machine,) = json.loads((tmp_path / "backbone_speed.json").read_text())
    assert (
        " cores; oneDNN o" in machine
        and "; keras " in machine
        and machine.endswith(f"backend {keras.backend.backend()}")
    )


def test_another_machines_speeds_are_not_ours(measured, monkeypatch):
    measure_speeds(["vgg16"], 96)
    monkeypatch.setattr(backbone_speed, "_machine", lambda: "other")
    assert kept_speeds(96) == {}
    measure_speeds(["vgg16"], 96)
    monkeypatch.undo()


@pytest.mark.parametrize("text", ["{", "[]", '{"m": 3}', '{"m": {"96": []}}'])
def test_a_damaged_file_is_measured_again(measured, monkeypatch, tmp_path, text):
    monkeypatch.setattr(backbone_speed, "_machine", lambda: "m")
    (tmp_path / "backbone_speed.json").write_text(text)
    assert kept_speeds(96) == {}
    measure_speeds(["vgg16"], 96)
    assert measured == [("vgg16", 96)] and "vgg16" in kept_speeds(96)


@pytest.mark.parametrize(
    "entry", [3, {}, {"milliseconds": "fast"}, {"milliseconds": 1, "examples_per_second": 0, "flops": 1}]
)
def test_a_damaged_entry_is_left_out(measured, monkeypatch, tmp_path, entry):
    monkeypatch.setattr(backbone_speed, "_machine", lambda: "m")
    (tmp_path / "backbone_speed.json").write_text(json.dumps({"m": {"96": {"vgg16": entry}}}))
    assert kept_speeds(96) == {}


def test_a_cache_that_cannot_be_written_is_no_obstacle(measured, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path / "file"))
    assert measure_speeds(["vgg16"], 96) == {"vgg16": Speed(1.5, 100.0, 7)}


def test_a_real_measurement(monkeypatch, tmp_path):
    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path))

    def build(name, shape, *, weights):
        assert (name, shape, weights) == ("vgg16", (32, 32, 3), None)
        return keras.Sequential([keras.Input(shape), keras.layers.Conv2D(2, 3)])

    monkeypatch.setattr("atolye.models.backbone", build)
    speed = measure_speeds(["vgg16"], 32)["vgg16"]
    assert speed.flops == 2 * 30 * 30 * 2 * 27
    assert speed.milliseconds > 0 and speed.examples_per_second > 0
