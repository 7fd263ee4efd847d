import json

import keras
import numpy as np
import pytest

from atolye.labs.hafta1_pazar import uygulama_02_callbacks_lr as lab


@pytest.fixture(scope="module")
def quick_lab(tmp_path_factory):
    out = tmp_path_factory.mktemp("lab") / "lab-1.2"
    return out, lab.main(quick=True, out=out)


@pytest.mark.parametrize("name", sorted(lab.BANDS["quick"]))
def test_figure_is_in_its_band(quick_lab, name):
    low, high = lab.BANDS["quick"][name]
    assert low <= quick_lab[1][name] <= high


def test_what_the_lab_proves_holds(quick_lab):
    _, figures = quick_lab
    assert figures["weights_restored"] is True
    assert figures["range_test_left_no_trace"] is True
    assert figures["flat_curve"] == "cannot tell"
    assert figures["largest_gap"] == 0.0  # reported, saved and returned are the same weights
    assert figures["schedule_inside_gap"] < 1e-2  # a schedule in the optimizer and one written from outside


def test_page_shows_every_item(quick_lab):
    out, figures = quick_lab
    page = json.loads((out / "page.json").read_text(encoding="utf-8"))
    shown = {block["id"] for block in page["blocks"] if "id" in block}
    items = {"early_stopping", "checkpoint", "plateau", "own_callback", "range_test", "schedules"}
    pictures = {"steering_curves", "batch_log", "live_curves", "range_curve", "flat_curve", "shapes", "val_loss_curves"}
    slips = {
        "overwrite",
        "auc_name",
        "schedule_and_plateau",
        "names",
        "steps",
        "restarts",
        "warm_up",
        "super_convergence",
    }
    assert items | pictures | slips | {"kept", "cuts", "hooks", "suggestions", "schedule_table"} <= shown
    table = next(block for block in page["blocks"] if block.get("id") == "schedule_table")
    assert len(table["rows"]) == 10
    info = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert info["mode"] == "quick"
    assert info["metrics"] == pytest.approx(figures, nan_ok=True)
    assert (out / "report.html").stat().st_size > 50_000
    assert (out / "live_plot.png").exists()
    assert keras.models.load_model(out / "best_model.keras").input_shape == (None, 30)


def test_diary_stops_a_training_that_is_good_enough():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", metrics=["accuracy"])
    x = np.array([[-1.0], [1.0]] * 8, "float32")
    diary = lab.Diary(good_enough=0.0)
    model.fit(x, x[:, 0] > 0, validation_data=(x, x[:, 0] > 0), batch_size=4, epochs=5, verbose=0, callbacks=[diary])
    assert dict(diary.calls) == {"on_train_begin": 1, "on_batch_end": 4, "on_epoch_end": 1}
