"""Start the deep-learning framework without its start-up lines, and without waiting for Python to look for garbage."""

import atexit
import gc
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from atolye.autotune import switch_off_autotune


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Send what is written to the standard error stream nowhere, also by compiled code; Python errors still rise."""
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def collect_rarely() -> None:
    """Let Python look for unreachable cycles of objects less often, and not at all at the end of the process.

    A framework's import and each tracing of a step make many objects that stay. Looking through them again and again
    took 8 % of a quick lab and a second of its exit; the peak of memory is the same.
    """
    gc.set_threshold(100_000, 20, 100)
    atexit.register(gc.freeze)  # frozen objects are left out of the last collection


def start_backend() -> None:
    """Import Keras and run one operation, silently; what the import made is not looked through again.

    TensorFlow 2.21 prints two lines at import and two at the first operation; no variable of its own turns them off.
    Keras then reads arrays without tf.data's autotuner: see `switch_off_autotune`.
    """
    first = "keras" not in sys.modules
    if first:
        collect_rarely()
    # 3 also hides what its graph optimizer calls errors, when it skips a rewriting that it cannot do; a step that fails
    # raises in Python.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # its advice on retracing, when several models predict
    with quiet_stderr():
        import keras

        keras.ops.convert_to_numpy(keras.ops.ones(1) + 1)
    if keras.backend.backend() == "tensorflow":
        switch_off_autotune()
    if first:
        gc.freeze()
