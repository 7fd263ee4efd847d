"""atolye demo: the settings are those of the library's recipes; the whole demo is run by `make demo` in CI."""

import pytest
from typer.testing import CliRunner

import atolye.train
from atolye.cli import app, demo
from atolye.train import Recipe


def test_the_settings_are_recipes():
    assert {Recipe(data=data, **settings).data for data, settings in demo.DEMOS.items()} == {
        "mnist_small",
        "breast_cancer",
    }


def test_it_trains_both_and_replaces_earlier_demos(monkeypatch, photo_run, tmp_path):
    import shutil

    from atolye.runs import Run

    trained = []

    def record(recipe, *, name, runs_dir, lang):
        assert not (tmp_path / name).exists()
        trained.append(recipe.data)
        shutil.copytree(photo_run.path, tmp_path / name)
        return Run(tmp_path / name)

    monkeypatch.setattr(atolye.train, "train", record)
    for _ in range(2):
        result = CliRunner().invoke(app, ["demo", "--runs-dir", str(tmp_path)])
        assert result.exit_code == 0, result.output
        assert "demo-mnist_small/report.html" in result.stdout.replace("\n", "")
    assert trained == ["mnist_small", "breast_cancer"] * 2
    assert pytest.approx(2) == len(list(tmp_path.iterdir()))
