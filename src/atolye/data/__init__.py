"""Where examples come from: built-in sets, image folders, CSV tables, synthetic shapes; splits; input pipelines."""

from atolye.data.csv_file import read_csv
from atolye.data.dataset import SPLIT_NAMES, Dataset, Split
from atolye.data.duplicates import find_duplicates
from atolye.data.image_decode import read_image
from atolye.data.image_files import list_images
from atolye.data.load import BUILT_IN, load_dataset
from atolye.data.pipeline import batches
from atolye.data.pruning import DataPruning
from atolye.data.samples import image_grid, sample_grid
from atolye.data.select_classes import select_classes
from atolye.data.shapes import draw_shapes
from atolye.data.splits import split_rows
from atolye.data.table_encoder import TableEncoder

__all__ = [
    "BUILT_IN",
    "SPLIT_NAMES",
    "DataPruning",
    "Dataset",
    "Split",
    "TableEncoder",
    "batches",
    "draw_shapes",
    "find_duplicates",
    "image_grid",
    "list_images",
    "load_dataset",
    "read_csv",
    "read_image",
    "sample_grid",
    "select_classes",
    "split_rows",
]
