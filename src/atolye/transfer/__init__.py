"""Pretrained networks made to answer new questions: which part of them trains, and what is frozen made cheap."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atolye.transfer.blocks import Block, find_blocks
    from atolye.transfer.fold_batch_norm import fold_batch_norm
    from atolye.transfer.strategy import apply_strategy

__all__ = ["Block", "apply_strategy", "find_blocks", "fold_batch_norm"]

# These import Keras, so they are imported when they are first used: a wrong setting is told at once.
_LATE = {
    "Block": "atolye.transfer.blocks",
    "apply_strategy": "atolye.transfer.strategy",
    "find_blocks": "atolye.transfer.blocks",
    "fold_batch_norm": "atolye.transfer.fold_batch_norm",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'atolye.transfer' has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)
