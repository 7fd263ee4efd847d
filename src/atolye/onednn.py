"""oneDNN, the library of fast convolutions inside TensorFlow, switched on before TensorFlow starts."""

import os
import platform
import sys
import warnings

VARIABLE = "TF_ENABLE_ONEDNN_OPTS"


def switch_on_onednn() -> None:
    """Have TensorFlow use oneDNN, which it leaves off on x86 processors without VNNI instructions: many laptops.

    There it makes the training of convolutional networks 1.1 to 2.2 times as fast (`benchmarks/onednn.py`); on other
    x86 processors it is on anyway. A variable that is set, to 0 say, is left as it is.

    Warns:
        UserWarning: where Keras computes with a TensorFlow that has been imported before, and has it off.
    """
    if VARIABLE in os.environ or platform.machine().lower() not in ("x86_64", "amd64"):
        return
    if "tensorflow" not in sys.modules:
        os.environ[VARIABLE] = "1"
    elif "keras" in sys.modules and sys.modules["keras"].config.backend() == "tensorflow" and has_onednn() is False:
        warnings.warn(
            "TensorFlow was imported before atolye, with oneDNN off: convolutional networks train up to 2.2 times "
            f"slower on this processor. Import atolye before keras and tensorflow, or set {VARIABLE}=1 (0 to stay so).",
            stacklevel=3,
        )


def has_onednn() -> bool | None:
    """Tell whether TensorFlow, once imported, uses oneDNN; None where it does not say."""
    try:
        from tensorflow.python.util import _pywrap_util_port
    except ImportError:
        return None
    return bool(_pywrap_util_port.IsMklEnabled())
