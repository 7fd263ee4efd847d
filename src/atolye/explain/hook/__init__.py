"""The call hook: what any layer of any model returns, and the slope of the answer by it; the model stays as it was."""

from atolye.explain.hook.inputs import Inputs
from atolye.explain.hook.layer_paths import find_path, named_layers
from atolye.explain.hook.probe import Answer, Probe, ask, ask_all
from atolye.explain.hook.recording import Recording, recording
from atolye.explain.hook.structure import NoMapError, Structure, structure_of
from atolye.explain.hook.target import ANSWER, Rule, Target, resolve_target

__all__ = [
    "ANSWER",
    "Answer",
    "Inputs",
    "NoMapError",
    "Probe",
    "Recording",
    "Rule",
    "Structure",
    "Target",
    "ask",
    "ask_all",
    "find_path",
    "named_layers",
    "recording",
    "resolve_target",
    "structure_of",
]
