"""Runners: other processes, their threads, their deaths."""

import os
import time

import pytest

from atolye.study import LocalProcesses
from atolye.study.runners import THREAD_SETTINGS, shared_threads


def test_processes_give_the_table_and_survive_a_death(toy, trials):
    variants = {"plain": {"die": 0}, "wide": {"raise": 1, "width": 2}}
    study = toy(trial=trials.breaks, variants=variants, seeds=(0, 1))
    table = study.run(LocalProcesses(1))
    assert table["n"].tolist() == [1, 1]
    assert study.failures() == {
        "plain-seed0": "its process ended with exit code 3 (-9: out of memory). See .worker-0.log",
        "wide-seed1": "ArithmeticError: no number",
    }
    # The same trial says the same in this process.
    here = toy(trial=trials.breaks, variants={"wide": variants["wide"]}, seeds=(0, 1), out=study.path.parent / "here")
    here.run()
    assert here.results()["accuracy"].item() == study.results().query("variant == 'wide'")["accuracy"].item()


def test_threads_are_shared_out_and_given_back(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    with shared_threads(3):
        assert {os.environ[name] for name in THREAD_SETTINGS} == {"2"}
    assert os.environ["OMP_NUM_THREADS"] == "5"
    assert "TF_NUM_INTRAOP_THREADS" not in os.environ
    with shared_threads(16):
        assert os.environ["OMP_NUM_THREADS"] == "1"


def test_what_cannot_work_is_refused(toy):
    with pytest.raises(ValueError, match="Received 0 workers; expected 1 or more"):
        LocalProcesses(0)
    with pytest.raises(ValueError, match="cannot be sent to another process .* top level of a module"):
        toy(trial=lambda settings, seed: {"accuracy": time.time()}).run(LocalProcesses(2))


def test_no_trials_need_no_process():
    LocalProcesses(2).run([], finished=lambda trial: None)
