"""Start the deep-learning framework without its start-up lines, which drown what the user asked for."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager


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


def start_backend() -> None:
    """Import Keras and run one operation, silently.

    TensorFlow 2.21 prints two lines at import and two at the first operation; no variable of its own turns them off.
    """
    # 3 also hides what its graph optimizer calls errors, when it skips a rewriting that it cannot do; a step that fails
    # raises in Python.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # its advice on retracing, when several models predict
    with quiet_stderr():
        import keras

        keras.ops.convert_to_numpy(keras.ops.ones(1) + 1)
