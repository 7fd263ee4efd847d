"""atolye profile."""

import io
import json
import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from atolye.cli import app

run = CliRunner().invoke
SMALL = ["--input-shape", "16,16,3", "--num-classes", "3"]


def test_an_architecture_with_measured_time():
    result = run(app, ["profile", "cnn", *SMALL, "--batch-size", "4"])
    assert result.exit_code == 0, result.output
    for text in ("16x16x32", "FLOPs (2 x MACs)", "batch of 4", "examples/s", " ms"):
        assert text in result.stdout
    # weights 3*3*3*32, FLOPs 2 * 864 * 16 * 16, 4 maps in float32, and a 3 x 3 kernel moved by 1;
    # Keras numbers the layer's name by what else this process has built.
    assert re.search(r"conv2d(_\d+)? +16x16x32 +864 +442 k +128 KiB +3 +1 +3", result.stdout)


def test_json_and_csv():
    result = run(app, ["profile", "cnn", *SMALL, "--no-measure", "--json"])
    found = json.loads(result.stdout)
    assert found["totals"]["macs"] == sum(layer["macs"] for layer in found["layers"])
    assert found["layers"][1]["effective_kernel"] == [3, 3]
    assert found["measured"] is None
    table = pd.read_csv(io.StringIO(run(app, ["profile", "cnn", *SMALL, "--csv"]).stdout))
    assert table["macs"].sum() == found["totals"]["macs"]


def test_what_is_not_counted_is_told(tmp_path):
    import keras

    path = tmp_path / "model.keras"
    keras.Sequential([keras.Input((4, 4, 4, 3)), keras.layers.ConvLSTM2D(2, 2, name="memory")]).save(path)
    result = run(app, ["profile", str(path), "--no-measure"])
    assert result.exit_code == 0, result.output
    assert "not counted, so that MACs and FLOPs are too low: memory" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cnnn"], "error: 'cnnn' is no .keras file, no run in runs and no architecture. Did you mean 'cnn'?"),
        (["none.keras"], "error: no model at none.keras. Expected a .keras file, such as runs/NAME/model.keras."),
        (["cnn", "--input-shape", "32,wide"], "error: Received the shape '32,wide'; expected whole numbers of 1 or"),
        (["cnn", "--json", "--csv"], "error: --json and --csv exclude each other; received both. Choose one."),
        (["cnn", "--batch-size", "0"], "error: Received batch_size=0; expected 1 or more."),
    ],
)
def test_mistakes_are_one_line(arguments, message):
    result = run(app, ["profile", *arguments])
    assert result.exit_code == 2
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1


def test_a_file_that_is_no_model(tmp_path):
    path = tmp_path / "model.keras"
    path.write_text("no model")
    result = run(app, ["profile", str(path)])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "is not a .keras file" in result.stderr
