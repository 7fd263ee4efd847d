"""TensorFlow starts with oneDNN on, whatever the processor; whoever has set the variable is left alone."""

import os
import subprocess
import sys

import pytest

from atolye.onednn import switch_on_onednn

ON = "from tensorflow.python.util import _pywrap_util_port as port; print(port.IsMklEnabled())"
WARNING = "TensorFlow was imported before atolye, with oneDNN off"


def answer(code, **variables):
    """Run code in a process of its own, where the variable is not set but as given."""
    environment = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"} | variables
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return result.stdout.strip(), result.stderr


def test_tensorflow_has_onednn_on_after_atolye():
    assert answer(f"import atolye; {ON}")[0] == "True"


def test_a_variable_that_is_set_stays():
    out, errors = answer(f"import atolye; {ON}", TF_ENABLE_ONEDNN_OPTS="0")
    assert out == "False"
    assert WARNING not in errors


def test_after_tensorflow_it_warns_where_onednn_is_off():
    out, errors = answer(f"import tensorflow; import atolye; {ON}")
    assert (out == "False") == (WARNING in errors)  # on by itself where the processor has VNNI
    out, errors = answer(f"import os, tensorflow; os.environ.pop('TF_ENABLE_ONEDNN_OPTS'); import atolye; {ON}",
                         TF_ENABLE_ONEDNN_OPTS="0")  # fmt: skip
    assert out == "False"
    assert WARNING in errors
    assert "Import atolye before keras and tensorflow, or set TF_ENABLE_ONEDNN_OPTS=1" in errors


def test_other_processors_are_left_alone(monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    switch_on_onednn()
    assert "TF_ENABLE_ONEDNN_OPTS" not in os.environ


@pytest.mark.parametrize("name", ["x86_64", "AMD64"])
def test_x86_has_it_set(monkeypatch, name):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")  # put back as it was afterwards
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")
    monkeypatch.setattr("platform.machine", lambda: name)
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    switch_on_onednn()
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"
