"""TensorFlow starts with oneDNN on where it is worth something; whoever has set the variable is left alone."""

import os
import platform
import subprocess
import sys
import warnings

import keras
import pytest

from atolye import onednn
from atolye.onednn import VARIABLE, switch_on_onednn

X86 = platform.machine().lower() in ("x86_64", "amd64")


@pytest.fixture
def unset(monkeypatch):
    """Take the variable away, on an x86 processor; afterwards it is as it was."""
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


@pytest.mark.skipif(not X86, reason="TensorFlow's oneDNN is for x86")
@pytest.mark.parametrize(("given", "on"), [({}, "True"), ({VARIABLE: "0"}, "False")])
def test_tensorflow_starts_with_it_unless_told_not_to(given, on):
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE} | given
    code = "import atolye, tensorflow; from atolye.onednn import has_onednn; print(has_onednn())"
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == on


@pytest.mark.parametrize(("name", "set_"), [("x86_64", True), ("AMD64", True), ("arm64", False)])
def test_before_tensorflow_the_variable_is_set_on_x86(unset, monkeypatch, name, set_):
    monkeypatch.setattr("platform.machine", lambda: name)
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    switch_on_onednn()
    assert os.environ.get(VARIABLE) == ("1" if set_ else None)


def test_after_tensorflow_without_it_there_is_a_warning(unset, monkeypatch):
    monkeypatch.setattr(onednn, "has_onednn", lambda: False)
    with pytest.warns(UserWarning, match="TensorFlow was imported before atolye, with oneDNN off") as caught:
        switch_on_onednn()
    assert f"Import atolye before keras and tensorflow, or set {VARIABLE}=1" in str(caught[0].message)
    assert VARIABLE not in os.environ


@pytest.mark.parametrize("case", ["on anyway", "does not say", "asked for", "another backend"])
def test_there_is_no_warning_where_nothing_is_lost(unset, monkeypatch, case):
    monkeypatch.setattr(onednn, "has_onednn", lambda: {"on anyway": True, "does not say": None}.get(case, False))
    if case == "asked for":
        monkeypatch.setenv(VARIABLE, "0")
    if case == "another backend":
        monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        switch_on_onednn()
