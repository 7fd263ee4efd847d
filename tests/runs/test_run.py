"""Reading runs back, listing, finding and removing them."""

import json

import pytest

from atolye.runs import Run, find_run, list_runs, remove_run


def make_run(root, name, created="2026-01-01T00:00:00+00:00"):
    folder = root / name
    folder.mkdir(parents=True)
    info = {"kind": "training", "created": created, "dataset": {"class_names": ["a", "b"]}}
    (folder / "run.json").write_text(json.dumps(info | {"metrics": {"test": {"accuracy": 0.5}}}))
    (folder / "recipe.toml").write_text('data = "toy"\n')
    (folder / "history.csv").write_text("epoch,loss\n1,0.5\n2,0.25\n")
    return folder


def test_a_run_is_read_from_its_files(tmp_path):
    run = Run(make_run(tmp_path, "first"))
    assert run.name == "first"
    assert run.recipe == {"data": "toy"}
    assert run.history["loss"].tolist() == [0.5, 0.25]
    assert run.metrics == {"accuracy": 0.5}
    assert run.class_names == ["a", "b"]


def test_runs_are_listed_newest_first_without_unfinished_ones(tmp_path):
    make_run(tmp_path, "old", "2026-01-01T00:00:00+00:00")
    make_run(tmp_path, "new", "2026-02-01T00:00:00+00:00")
    make_run(tmp_path, ".half.partial")
    (tmp_path / "notes").mkdir()
    assert [run.name for run in list_runs(tmp_path)] == ["new", "old"]
    assert list_runs(tmp_path / "nowhere") == []


def test_a_run_is_found_by_name_or_path_and_the_nearest_name_is_told(tmp_path):
    folder = make_run(tmp_path, "flowers")
    assert find_run("flowers", root=tmp_path).path == folder
    assert find_run(folder, root=tmp_path / "elsewhere").path == folder
    with pytest.raises(FileNotFoundError, match="no run named 'flower' in .* Did you mean 'flowers'"):
        find_run("flower", root=tmp_path)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no run at"):
        Run(tmp_path / "absent")
    with pytest.raises(FileNotFoundError, match="is not a run: it has no run.json"):
        Run(tmp_path)
    (tmp_path / "run.json").write_text("{half")
    with pytest.raises(ValueError, match="run.json is damaged"):
        Run(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ValueError, match="was not written by atolye"):
        Run(tmp_path)


def test_a_missing_file_of_a_run_is_named(tmp_path):
    run = Run(make_run(tmp_path, "first"))
    with pytest.raises(FileNotFoundError, match="run first has no model.keras"):
        run.model_path  # noqa: B018


def test_removing_takes_the_whole_folder(tmp_path):
    remove_run(Run(make_run(tmp_path, "first")))
    assert list(tmp_path.iterdir()) == []
