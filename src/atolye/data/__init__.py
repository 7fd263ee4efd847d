"""Where examples come from: built-in sets, image folders, CSV tables, synthetic shapes; splits; input pipelines."""

from atolye.data.dataset import SPLIT_NAMES, Dataset, Split

__all__ = ["SPLIT_NAMES", "Dataset", "Split"]
