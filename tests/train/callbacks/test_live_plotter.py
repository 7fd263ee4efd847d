import io

import keras
import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from atolye.train.callbacks import LivePlotter, learning_curves, sparkline


def fit(plotter, *callbacks, epochs=2):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((4, 1), "float32")
    model.fit(x, x, validation_data=(x, x), epochs=epochs, verbose=0, callbacks=[*callbacks, plotter])


def test_sparkline():
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([2.0, 2.0]) == "▁▁"
    assert sparkline([float("nan"), 1.0, 3.0]) == "·▁█"
    assert sparkline([float("inf")]) == "·"
    assert sparkline([]) == ""


def test_terminal_shows_a_line_for_each_number():
    screen = io.StringIO()
    fit(LivePlotter(console=Console(file=screen, force_terminal=True, width=100)), epochs=3)
    shown = screen.getvalue()
    assert "epoch 3" in shown and "val_loss" in shown and "█" in shown


def test_nothing_is_printed_where_there_is_no_terminal(capsys):
    fit(LivePlotter(console=Console(file=io.StringIO())))
    assert capsys.readouterr().out == ""


def test_picture_is_whole_after_each_epoch(tmp_path):
    sizes = []

    class Look(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch:
                with Image.open(tmp_path / "a" / "curves.png") as image:
                    image.load()
                    sizes.append(image.size)

    fit(LivePlotter(tmp_path / "a" / "curves.png"), Look(), epochs=3)
    assert len(sizes) == 2
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["curves.png"]


def test_one_panel_a_name_with_training_and_validation():
    history = {"loss": [2.0, 1.0], "accuracy": [0.1, 0.2], "val_loss": [2.0, 1.5], "learning_rate": [0.1, 0.01]}
    panels = [panel for panel in learning_curves(history).axes if panel.get_visible()]
    assert [panel.get_title(loc="left") or panel.get_title() for panel in panels] == [
        "loss",
        "accuracy",
        "learning_rate",
    ]
    assert [len(panel.lines) for panel in panels] == [2, 1, 1]
    assert panels[2].get_yscale() == "log"


def test_other_suffixes_are_refused():
    with pytest.raises(ValueError, match=r"path must end in \.png; received 'curves.pdf'"):
        LivePlotter("curves.pdf")
