"""The run folder: write (whole or not at all), read, list; the saved model and what it predicts."""

from atolye.runs.artefact import ModelCard, load_artefact, read_card, save_artefact
from atolye.runs.environment import machine, versions
from atolye.runs.folder import new_run_folder, unfinished_folder, write_history, write_info, write_predictions
from atolye.runs.predictor import Predictor
from atolye.runs.run import Run, find_run, list_runs, list_unfinished, remove_run

__all__ = [
    "ModelCard",
    "Predictor",
    "Run",
    "find_run",
    "list_runs",
    "list_unfinished",
    "load_artefact",
    "machine",
    "new_run_folder",
    "read_card",
    "remove_run",
    "save_artefact",
    "unfinished_folder",
    "versions",
    "write_history",
    "write_info",
    "write_predictions",
]
