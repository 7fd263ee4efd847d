"""A run folder is whole or absent."""

import pandas as pd
import pytest

from atolye.runs import list_unfinished, new_run_folder, write_history, write_predictions


def test_the_folder_appears_at_the_end(tmp_path):
    with new_run_folder(tmp_path / "runs" / "first") as work:
        (work / "run.json").write_text("{}")
        assert not (tmp_path / "runs" / "first").exists()
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["first"]


def test_a_mistake_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), new_run_folder(tmp_path / "first"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_was_interrupted_is_kept_and_goes_on(tmp_path):
    with pytest.raises(KeyboardInterrupt), new_run_folder(tmp_path / "first") as work:
        (work / "recipe.toml").write_text("")
        raise KeyboardInterrupt
    assert list_unfinished(tmp_path) == ["first"]
    with new_run_folder(tmp_path / "first") as work:
        assert (work / "recipe.toml").exists()
    assert [path.name for path in (tmp_path / "first").iterdir()] == ["recipe.toml"]
    assert list_unfinished(tmp_path) == []


def test_a_mistake_at_going_on_does_not_take_what_was_there(tmp_path):
    with pytest.raises(KeyboardInterrupt), new_run_folder(tmp_path / "first") as work:
        (work / ".state.npz").write_text("hours")
        raise KeyboardInterrupt
    with pytest.raises(ValueError), new_run_folder(tmp_path / "first"):
        raise ValueError
    with new_run_folder(tmp_path / "first") as work:
        assert (work / ".state.npz").read_text() == "hours"


def test_two_processes_do_not_share_a_folder(tmp_path):
    with new_run_folder(tmp_path / "first"):
        with pytest.raises(FileExistsError, match="another process is at work on"):
            with new_run_folder(tmp_path / "first"):
                pytest.fail("the block must not run")
    assert (tmp_path / "first").is_dir()


def test_an_existing_name_is_refused_before_work_starts(tmp_path):
    (tmp_path / "first").mkdir()
    with pytest.raises(FileExistsError, match="first exists already. Choose another --name"):
        with new_run_folder(tmp_path / "first"):
            pytest.fail("the block must not run")


@pytest.mark.parametrize("name", ["..", ".hidden", "-x", "a b", "x" * 101])
def test_a_name_must_be_fit_for_a_folder(tmp_path, name):
    with pytest.raises(ValueError, match="a run's name must be 1 to 100 letters"):
        with new_run_folder(tmp_path / name):
            pytest.fail("the block must not run")


def test_a_parent_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")  # a file where a folder should be: fails for every user, root too
    with pytest.raises(OSError, match="cannot write in .*file: .* Choose another folder with --runs-dir"):
        with new_run_folder(tmp_path / "file" / "first"):
            pytest.fail("the block must not run")


def test_tables_survive_the_round_trip(tmp_path):
    history = pd.DataFrame({"epoch": [1, 2], "loss": [0.1234567890123, 1e-9]})
    write_history(tmp_path, history)
    assert pd.read_csv(tmp_path / "history.csv")["loss"].astype("float32").equals(history["loss"].astype("float32"))
    predictions = pd.DataFrame({"id": ["ş.jpg"], "p_0": [0.25]})
    write_predictions(tmp_path, predictions)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "predictions.parquet"), predictions)
