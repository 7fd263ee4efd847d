"""Who runs a study's trials: this process, one after another, or several local processes.

A runner gets the trials that are missing and calls `Trial.run` on each, wherever the trial's folder can be seen;
results travel through the folders alone. A cluster needs no more than that.
"""

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import connection, get_context
from typing import Any, Protocol

from atolye.study.trial import Trial
from atolye.study.worker import work

THREAD_SETTINGS = (
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)


class Runner(Protocol):
    """What a study needs of a runner."""

    def run(self, trials: Sequence[Trial], finished: Callable[[Trial], None]) -> None:
        """Run every trial so that each has its record; call `finished` in this process after each."""


class OneAfterAnother:
    """Run trials in this process.

    Example:
        table = study.run(OneAfterAnother())
    """

    def run(self, trials: Sequence[Trial], finished: Callable[[Trial], None]) -> None:
        """See `Runner`."""
        for trial in trials:
            trial.run()
            finished(trial)


class LocalProcesses:
    """Run trials in several processes on this machine, which share its cores evenly.

    A process that dies costs the trial that it was at; the others go on in a new one. All of them end with this
    process, however it ends. What they print goes to `.worker-N.log` in the folder above the trials.

    Args:
        workers: number of processes, 1 or more; more than there are cores slows all of them down.

    Raises:
        ValueError: when `workers` is less than 1, or a trial's function cannot be sent to another process.

    Example:
        table = study.run(LocalProcesses(2))
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"Received {workers} workers; expected 1 or more, at most one a core.")
        self.workers = workers

    def run(self, trials: Sequence[Trial], finished: Callable[[Trial], None]) -> None:
        """See `Runner`."""
        if not trials:
            return
        _check_portable(trials[0])
        waiting = list(reversed(trials))
        team = [_Worker(number) for number in range(min(self.workers, len(trials)))]
        try:
            with shared_threads(len(team)):
                for worker in team:
                    worker.start(waiting.pop())
                while busy := {worker.pipe: worker for worker in team if worker.trial}:
                    for pipe in connection.wait(list(busy)):
                        finished(busy[pipe].collect())
                        if waiting:
                            busy[pipe].start(waiting.pop())
        finally:
            for worker in team:
                worker.stop()


@contextmanager
def shared_threads(workers: int) -> Iterator[None]:
    """Share the cores out: processes started inside the block compute with their part of the threads."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    before = {name: os.environ.get(name) for name in THREAD_SETTINGS}
    os.environ.update(dict.fromkeys(THREAD_SETTINGS, str(max(1, cores // workers))))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


class _Worker:
    """One process, the pipe to it, and the trial that it is at."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: Any = None
        self.pipe: Any = None
        self.trial: Any = None

    def start(self, trial: Trial) -> None:
        self.trial = trial
        if self.process is None:
            context = get_context("spawn")  # a forked TensorFlow hangs
            self.pipe, other = context.Pipe()
            log = str(trial.path.parent.parent / f".worker-{self.number}.log")
            self.process = context.Process(target=work, args=(other, log), daemon=True)
            self.process.start()
            other.close()  # so that the pipe says when the process has gone
        self.pipe.send(trial)

    def collect(self) -> Trial:
        """Wait for the end of the trial, which is a word from the process or its death."""
        trial, self.trial = self.trial, None
        try:
            self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            code = self.process.exitcode
            trial.fail(f"its process ended with exit code {code} (-9: out of memory). See .worker-{self.number}.log")
            self.process = None
        return trial

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill() if self.trial else self.pipe.close()
            self.process.join()


def _check_portable(trial: Trial) -> None:
    try:
        pickle.dumps(trial)
    except Exception as error:
        raise ValueError(
            f"the trial function cannot be sent to another process ({error}). Define it at the top level of a module, "
            "or run with one worker."
        ) from None
