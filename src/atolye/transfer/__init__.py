"""Pretrained networks made to answer new questions: which part of them trains, and what is frozen made cheap."""

from atolye.transfer.blocks import Block, find_blocks
from atolye.transfer.fold_batch_norm import fold_batch_norm
from atolye.transfer.strategy import apply_strategy

__all__ = ["Block", "apply_strategy", "find_blocks", "fold_batch_norm"]
