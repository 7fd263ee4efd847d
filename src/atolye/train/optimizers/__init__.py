"""Update rules that Keras lacks, and optimizers put together: learning rates of their own for groups of weights."""

from atolye.train.optimizers.grouped_optimizer import grouped_optimizer
from atolye.train.optimizers.muon import Muon
from atolye.train.optimizers.muon_with_sgd import muon_with_sgd
from atolye.train.optimizers.named_optimizer import named_optimizer

__all__ = ["Muon", "grouped_optimizer", "muon_with_sgd", "named_optimizer"]
