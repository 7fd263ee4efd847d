"""atolye: the Keras 3 workbench. Build, train, compare and explain networks, on a laptop's CPU first.

Names are imported when they are first used, so that `import atolye` costs no deep-learning framework.
"""

from importlib import import_module
from typing import Any

from atolye.onednn import switch_on_onednn

switch_on_onednn()

__version__ = "0.1.0"

_PUBLIC = {
    "Dataset": "atolye.data",
    "load_dataset": "atolye.data",
    "Recipe": "atolye.train",
    "Run": "atolye.runs",
    "build_report": "atolye.report",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'atolye' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
