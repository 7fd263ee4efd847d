"""A study as a whole: runs, goes on, refuses, tells of failures."""

import json
import multiprocessing
import os
import signal
import time

import pandas as pd
import pytest

from atolye.study import AllTrialsFailedError, Study


@pytest.fixture(autouse=True)
def pages(monkeypatch):
    """The pages that were asked for; tests/study/test_page.py draws real ones, which takes a second each."""
    asked = []
    monkeypatch.setattr(Study, "write_page", lambda study, lang: asked.append(study.path))
    return asked


def test_every_trial_has_its_folder_and_the_table_its_row(toy):
    study = toy()
    table = study.run()
    names = {path.name for path in (study.path / "trials").iterdir()}
    assert names == {f"{name}-seed{seed}" for name in ("plain", "wide", "küçük_ağ") for seed in (0, 1, 2)}
    assert table.index.tolist() == ["plain", "wide", "küçük ağ"]
    assert table["n"].tolist() == [3, 3, 3]
    assert table["parameters"].tolist() == [10, 30, 20]
    results = study.results()
    expected = results.pivot(index="seed", columns="variant", values="accuracy")
    assert table.loc["wide", "gain"] == pytest.approx((expected["wide"] - expected["plain"]).mean())
    assert results["curve"].tolist() == [[0.1, 0.2]] * 9
    record = json.loads((study.path / "trials" / "wide-seed2" / "trial.json").read_text(encoding="utf-8"))
    assert (record["variant"], record["seed"], record["figures"]["parameters"]) == ("wide", 2, 30)


def test_a_second_run_does_nothing_and_says_the_same(toy, pages):
    first = toy().run()
    ran = []
    pd.testing.assert_frame_equal(toy().run(finished=lambda trial, left: ran.append(trial)), first)
    assert ran == []
    assert pages == [toy().path] * 2


def test_seeds_do_not_depend_on_which_trials_ran_before(toy, tmp_path):
    whole = toy().run()
    alone = toy(seeds=(2,), variants={"wide": {"width": 3}}, out=tmp_path / "alone").results
    toy(seeds=(2,), variants={"wide": {"width": 3}}, out=tmp_path / "alone").run()
    several = toy().results().query("variant == 'wide' and seed == 2")["accuracy"].item()
    assert alone()["accuracy"].item() == several
    assert whole["n"].sum() == 9


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_killed_three_times_it_ends_with_the_same_table(toy, tmp_path):
    base = {"sleep": 0.02}
    left_alone = toy(base=base, out=tmp_path / "alone").run()
    records = tmp_path / "study" / "trials"
    for done in (2, 4, 7):
        child = multiprocessing.get_context("fork").Process(target=toy(base=base).run)
        child.start()
        deadline = time.monotonic() + 60
        while len(list(records.glob("*/trial.json"))) < done and time.monotonic() < deadline:
            time.sleep(0.002)
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        assert child.exitcode == -signal.SIGKILL
        (records / "wide-seed2").mkdir(exist_ok=True)  # as if it was killed while it wrote
        (records / "wide-seed2" / ".trial.x.partial.json").write_text("{")
    assert 7 <= len(list(records.glob("*/trial.json"))) < 9
    ran = []
    table = toy(base=base).run(finished=lambda trial, left: ran.append(left))
    assert ran == list(range(len(ran)))[::-1] and 0 < len(ran) <= 2
    pd.testing.assert_frame_equal(table, left_alone)
    assert [path.name for path in (records / "wide-seed2").iterdir()] == ["trial.json"]


def test_a_failed_trial_is_told_and_tried_again(toy, trials):
    study = toy(trial=trials.breaks, base={"raise": 1})
    table = study.run()
    assert table["n"].tolist() == [2, 2, 2]
    assert study.failures()["wide-seed1"] == "ArithmeticError: no number"
    assert "in breaks" in json.loads((study.path / "trials" / "wide-seed1" / "trial.json").read_text())["traceback"]
    ran = []
    study.run(finished=lambda trial, left: ran.append(trial.path.name))
    assert ran == ["plain-seed1", "wide-seed1", "küçük_ağ-seed1"]


def test_when_all_trials_fail_there_is_no_table(toy, trials):
    with pytest.raises(AllTrialsFailedError, match="all 1 trials failed, the first with: ArithmeticError: no number"):
        toy(trial=trials.breaks, base={"raise": 1}, seeds=[1], variants={"a": {}}).run()


def test_an_interrupted_study_goes_on(toy, trials):
    study = toy(trial=trials.breaks, variants={"a": {}, "b": {"interrupt": 1}}, seeds=(0, 1))
    with pytest.raises(KeyboardInterrupt):
        study.run()
    assert len(study.results()) == 3
    assert study.failures() == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": (0, 1)}, r"another definition: its seeds are \[0, 1, 2\]\. Choose another folder"),
        ({"variants": {"plain": {"width": 1}, "wide": {"width": 4}}}, "its variant 'wide' differs"),
        ({"base": {"more": 1}}, "its variant 'plain' differs"),
        ({"trial": lambda settings, seed: {"accuracy": 0.5}}, "its trial function differs"),
    ],
)
def test_the_folder_of_another_study_is_refused(toy, changes, message):
    toy().run()
    before = {path: path.read_bytes() for path in toy().path.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match=message):
        toy(**changes).run()
    assert before == {path: path.read_bytes() for path in toy().path.rglob("*") if path.is_file()}


def test_seeds_and_variants_may_be_added(toy):
    first = toy(seeds=(0, 1), variants={"plain": {"width": 1}}).run()
    ran = []
    more = {"plain": {"width": 1}, "wide": {"width": 3}}
    table = toy(seeds=(0, 1, 2), variants=more).run(
        finished=lambda trial, left: ran.append((trial.variant, trial.seed))
    )
    assert sorted(ran) == [("plain", 2), ("wide", 0), ("wide", 1), ("wide", 2)]
    assert first["n"].tolist() == [2]
    assert table["n"].tolist() == [3, 3]


def test_baseline_and_metric_may_change(toy):
    toy().run()
    study = toy(baseline="wide", metric="parameters")
    assert study.run()["gain"].iloc[0] == -20
    assert toy().table("seconds")["mean"].tolist() == [0.5, 0.5, 0.5]
    with pytest.raises(ValueError, match="no trial has the figure 'acuracy'. Did you mean 'accuracy'?"):
        study.table("acuracy")


def test_a_folder_that_is_no_study_and_one_in_use_are_refused(toy, tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="study exists and is no study"):
        toy().run()
    study = toy(out=tmp_path / "other")
    with study._only_one(), pytest.raises(FileExistsError, match="another process is at work on"):
        toy(out=tmp_path / "other").run()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trial": None}, r"needs a base recipe, or a trial function"),
        ({"variants": [("a", {}), ("a", {})]}, "two variants are named 'a'"),
        ({"baseline": "plane"}, "the baseline 'plane' is no variant. Did you mean 'plain'?"),
        ({"seeds": []}, "the study has no seeds"),
        (
            {"trial": None, "base": {"data": "digits"}},
            "variant 'plain': unknown recipe key 'width'. Did you mean 'widths'",
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_trial(toy, tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        toy(**changes)
    assert list(tmp_path.iterdir()) == []


def test_recipes_become_run_folders(tmp_path):
    from atolye.runs import Run
    from atolye.train import Recipe

    settings = {"widths": [8], "epochs": 1, "precision": "float32", "max_examples": 100}
    study = Study(
        "recipes",
        base=Recipe(data="breast_cancer", **settings),
        variants={"dropout": {"dropout": 0.4}},
        seeds=[3],
        out=tmp_path / "study",
    )
    table = study.run()
    run = Run(tmp_path / "study" / "trials" / "dropout-seed3")
    assert (run.recipe["dropout"], run.recipe["seed"], run.recipe["widths"]) == (0.4, 3, [8])
    assert table.loc["dropout", "mean"] == run.info["metrics"]["validation"]["accuracy"]
    assert table.loc["dropout", "parameters"] == run.info["model"]["parameters"]
    assert table.loc["dropout", "flops"] == run.info["model"]["flops"] == 2 * (30 * 8 + 8)
    (run.path / "trial.json").unlink()  # as if it was killed right after its training
    trained = run.info["created"]
    pd.testing.assert_frame_equal(study.run(), table)
    assert Run(run.path).info["created"] == trained
