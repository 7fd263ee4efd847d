"""A quiet start: the framework's lines are gone, everybody else's stay."""

import os
import subprocess
import sys

import pytest

from atolye.startup import quiet_stderr


def test_the_start_prints_nothing():
    code = "from atolye.startup import start_backend; start_backend(); import sys; print('mine', file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == ""
    assert result.stderr == "mine\n"


def test_errors_rise_and_the_stream_comes_back(capfd):
    with pytest.raises(ValueError, match="why"), quiet_stderr():
        os.write(2, b"hidden\n")
        raise ValueError("why")
    os.write(2, b"seen\n")
    assert capfd.readouterr().err == "seen\n"
