"""Versions and machine."""

import platform

import keras  # noqa: F401  TensorFlow has to be there to be asked
import numpy

from atolye.onednn import has_onednn
from atolye.runs import machine, versions


def test_versions_name_what_decides_the_numbers():
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["numpy"] == numpy.__version__
    assert "keras" in found


def test_the_machine_is_described():
    described = machine()
    assert described["cpu"]
    assert described["cores"] >= 1
    assert described["memory_gib"] is None or described["memory_gib"] > 0
    assert described["onednn"] == has_onednn()
