"""The list of labs, and copying one."""

from importlib.util import find_spec

import pytest

from atolye.labs import LABS, copy_lab, run_lab


def test_every_lab_listed_exists_with_its_texts():
    for number, lab in LABS.items():
        assert lab.number == number and lab.title
        assert find_spec(lab.module) is not None
        assert all(file.is_file() for file in lab.files)


def test_a_copy_is_the_same_and_is_never_overwritten(tmp_path):
    copies = copy_lab("1.1", tmp_path / "mine")
    assert [copy.read_bytes() for copy in copies] == [file.read_bytes() for file in LABS["1.1"].files]
    copies[0].write_text("changed")
    with pytest.raises(FileExistsError, match="exists already. Move it away"):
        copy_lab("1.1", tmp_path / "mine")
    assert copies[0].read_text() == "changed"


def test_wrong_numbers_and_sizes_are_refused():
    with pytest.raises(ValueError, match="there is no lab '9.9'; expected one of 1.1"):
        run_lab("9.9")
    with pytest.raises(ValueError, match="received --quick and --full; expected one of them"):
        run_lab("1.1", quick=True, full=True)
