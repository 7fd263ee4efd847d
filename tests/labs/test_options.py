"""The options of every lab."""

from pathlib import Path

import pytest

from atolye.labs.options import parse_options


def test_defaults_and_values():
    defaults = dict(quick=False, full=False, data_dir=None, seed=0, lang="tr", out=None)
    assert parse_options("A lab.", []) == defaults
    words = ["--full", "--data-dir", "d", "--seed", "7", "--lang", "en", "--out", "o"]
    expected = dict(quick=False, full=True, data_dir=Path("d"), seed=7, lang="en", out=Path("o"))
    assert parse_options("A lab.", words) == expected


def test_quick_and_full_exclude_each_other(capsys):
    with pytest.raises(SystemExit):
        parse_options("A lab.", ["--quick", "--full"])
    assert "not allowed with argument" in capsys.readouterr().err
