"""The worker process ends with the process that started it."""

import multiprocessing
import os
import signal
import sys
import time

import pytest

from atolye.study import LocalProcesses
from atolye.study.worker import work


class Ended:
    """A pipe that gives one trial and closes."""

    def __init__(self, trial):
        self.trials, self.sent = [trial], []

    def recv(self):
        if not self.trials:
            raise EOFError
        return self.trials.pop()

    def send(self, word):
        self.sent.append(word)


def in_child(study):
    pipe = Ended(study.trials[0])
    work(pipe, str(study.path / "log"))
    os._exit(0 if pipe.sent == ["done"] else 1)


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_it_works_until_the_pipe_closes(toy):
    study = toy()
    study.path.mkdir()
    child = multiprocessing.get_context("fork").Process(target=in_child, args=(study,))
    child.start()
    child.join()
    assert child.exitcode == 0
    assert study.trials[0].done
    assert not (study.path / "log").exists()


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_killed_study_leaves_no_process_behind(toy):
    study = toy(base={"sleep": 300})
    child = multiprocessing.get_context("fork").Process(target=study.run, args=(LocalProcesses(1),))
    child.start()
    log, deadline = study.path / ".worker-0.log", time.monotonic() + 60
    while not log.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    with open(f"/proc/{child.pid}/task/{child.pid}/children", encoding="utf-8") as file:
        workers = [int(pid) for pid in file.read().split()]
    assert workers
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(alive, workers))
