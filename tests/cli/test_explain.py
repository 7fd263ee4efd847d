"""atolye explain."""

import keras
import numpy as np
from PIL import Image
from typer.testing import CliRunner

from atolye.cli import app

run = CliRunner().invoke


def test_maps_and_a_page(photo_run, photo_folder, tmp_path):
    out = tmp_path / "out"
    arguments = [
        photo_run.name,
        str(photo_folder / "mavi"),
        "--runs-dir",
        str(photo_run.path.parent),
        "--out",
        str(out),
    ]
    result = run(app, ["explain", *arguments, "--target", "mavi"])
    assert result.exit_code == 0, result.output
    assert "report:" in result.stdout and (out / "report.html").is_file()
    assert len(list((out / "maps").glob("*.npy"))) == len(list((out / "maps").glob("*.png"))) == 30


def test_any_keras_file(tmp_path):
    L = keras.layers
    model = keras.Sequential([keras.Input((8, 8, 3)), L.Conv2D(2, 3, name="conv"), L.Flatten(), L.Dense(2, "softmax")])
    model.save(tmp_path / "own.keras")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (9, 9, 3), dtype="uint8")).save(tmp_path / "x.png")
    arguments = ["explain", str(tmp_path / "own.keras"), str(tmp_path / "x.png"), "--out", str(tmp_path / "out")]
    result = run(app, [*arguments, "--value-range", "-1,1", "--method", "hires_cam", "--layer", "conv"])
    assert result.exit_code == 0, result.output
    cases = {
        "has no layer 'cnov'. Did you mean 'conv'?": ["--layer", "cnov"],
        "the classes 0 to 1": ["--target", "7"],
        "expected one of: eigen_cam": ["--method", "magic"],
        "takes two numbers": ["--value-range", "1"],
    }
    for message, options in cases.items():
        result = run(app, [*arguments, *options])
        assert result.exit_code == 2 and message in " ".join(result.stderr.split()), result.output
    missing = run(app, ["explain", "nothing", str(tmp_path / "x.png"), "--runs-dir", str(tmp_path)])
    assert missing.exit_code == 2 and "no run named 'nothing'" in missing.stderr
