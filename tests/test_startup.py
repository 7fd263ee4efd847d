"""A quiet start: the framework's lines are gone, everybody else's stay."""

import gc
import os
import subprocess
import sys

import pytest

from atolye.startup import quiet_stderr, start_backend


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


def test_what_the_import_made_is_not_looked_through_again():
    code = (
        "from atolye.startup import start_backend; start_backend(); import gc; print(gc.get_freeze_count() > 100_000)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "True\n"


def test_a_second_start_freezes_nothing():
    start_backend()
    frozen = gc.get_freeze_count()
    start_backend()
    assert gc.get_freeze_count() == frozen
