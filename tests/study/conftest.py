"""Studies to look at."""

import importlib
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def trials():
    """The module of trial functions, importable by name in other processes too."""
    sys.path.append(str(Path(__file__).parent))
    return importlib.import_module("trial_functions")


@pytest.fixture
def toy(trials, tmp_path):
    """A function that makes studies of quick trials."""
    from atolye.study import Study

    def make(**changes):
        variants = {"plain": {"width": 1}, "wide": {"width": 3}, "küçük ağ": {"width": 2}}
        given = {"variants": variants, "seeds": (0, 1, 2), "trial": trials.quick, "out": tmp_path / "study"}
        return Study("toy", **given | changes)

    return make
