"""Pretrained networks made to answer new questions: which part of them trains, and what is frozen made cheap."""

from atolye.transfer.advise import Advice, advise
from atolye.transfer.blocks import Block, find_blocks
from atolye.transfer.cut import cut
from atolye.transfer.draw_forgetting import draw_forgetting
from atolye.transfer.feature_cache import cache_bytes, cache_features
from atolye.transfer.fine_tune import fine_tune
from atolye.transfer.fold_batch_norm import fold_batch_norm
from atolye.transfer.fold_frozen_norms import fold_frozen_norms
from atolye.transfer.forgetting import forgetting_table, measure_forgetting
from atolye.transfer.inference_mode import InferenceMode
from atolye.transfer.layer_rates import layer_rates
from atolye.transfer.pick_view import PickView
from atolye.transfer.source_accuracy import SourceAccuracy
from atolye.transfer.stages import Stage, stages
from atolye.transfer.strategy import apply_strategy
from atolye.transfer.transfer_model import TransferModel, transfer_model

__all__ = [
    "Advice",
    "Block",
    "InferenceMode",
    "PickView",
    "SourceAccuracy",
    "Stage",
    "TransferModel",
    "advise",
    "apply_strategy",
    "cache_bytes",
    "cache_features",
    "cut",
    "draw_forgetting",
    "find_blocks",
    "fine_tune",
    "fold_batch_norm",
    "fold_frozen_norms",
    "forgetting_table",
    "layer_rates",
    "measure_forgetting",
    "stages",
    "transfer_model",
]
