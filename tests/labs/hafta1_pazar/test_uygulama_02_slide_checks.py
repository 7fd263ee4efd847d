import json
from pathlib import Path

import numpy as np
import pytest

import atolye.labs.hafta1_pazar.uygulama_02_slide_checks as checks
from atolye.report import Page


@pytest.fixture
def page(tmp_path):
    return Page(tmp_path, texts=Path(checks.__file__).with_name("uygulama_02_callbacks_lr.toml"))


def boxes(page):
    page.save({"name": "lab-1.2"})
    blocks = json.loads((page.path / "page.json").read_text(encoding="utf-8"))["blocks"]
    return {block["id"]: block for block in blocks if block["type"] == "check"}


def test_none_of_the_slides_lines_works_and_the_schedules_are_otherwise(page):
    assert checks.check_schedules(page, updates=100, kept_share=0.5) == 0
    found = boxes(page)
    assert found["names"]["measured"]["en"] == "0"
    assert found["steps"]["measured"]["en"] == f"{1e-3 * 0.96**0.5:.3e}"  # half way through 1000 steps
    assert found["restarts"]["measured"]["en"] == "0"
    assert float(found["warm_up"]["measured"]["en"]) == pytest.approx(9.549e-5)  # (1 + cos 0.8π) / 2 of 0.001
    assert "50.0%" in found["steps"]["text"]["en"]


def test_keras_pays_for_epochs_that_the_doctor_saves(page):
    x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    assert checks.check_schedule_with_plateau(page, x, np.arange(32) % 2) == 8
    box = boxes(page)["schedule_and_plateau"]
    assert box["measured"]["en"].startswith("TypeError: This optimizer was created with a LearningRateSchedule")
    assert "Received ReduceLROnPlateau beside the schedule CosineDecay" in box["text"]["en"].replace("\\", "")


def test_second_auc_has_another_name_and_no_file_is_written(page):
    checks.check_metric_name(page)
    box = boxes(page)["auc_name"]
    assert box["measured"]["en"].startswith("val_auc_")
    assert "Can save best model only with val" in box["text"]["en"]
    assert not (page.path / "never.keras").exists()
