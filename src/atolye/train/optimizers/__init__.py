"""Update rules that Keras lacks, and optimizers put together: learning rates of their own for groups of weights."""

from atolye.train.optimizers.grouped_optimizer import grouped_optimizer
from atolye.train.optimizers.muon import Muon
from atolye.train.optimizers.named_optimizer import named_optimizer

__all__ = ["Muon", "grouped_optimizer", "named_optimizer"]
