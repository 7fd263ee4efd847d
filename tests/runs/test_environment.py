"""Versions and machine."""

import platform

import keras  # noqa: F401  TensorFlow has to be there to be asked
import numpy

from atolye.onednn import has_onednn
from atolye.runs import environment, machine, versions


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


def test_processors_of_one_name_are_told_apart_by_their_instructions(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "CPUINFO", tmp_path / "cpuinfo")

    def described(text):
        (tmp_path / "cpuinfo").write_text(text)
        return machine()["cpu"], machine()["instructions"]

    name = "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: "
    assert described(f"{name}fpu avx2 fma\n\n{name}fpu\n") == ("AMD EPYC", ["avx2"])
    assert described(f"{name}avx512_bf16 avx2 avx512f\n") == ("AMD EPYC", ["avx2", "avx512_bf16", "avx512f"])
    family = "cpu family\t: 25\nmodel\t\t: 17\n"
    assert described(f"{family}{name}avx2\n")[0] == "AMD EPYC (family 25, model 17)"
    assert described("Features\t: fp asimd bf16\n")[1] == ["bf16"]  # Arm
    (tmp_path / "cpuinfo").unlink()
    assert machine()["cpu"] and machine()["instructions"] == []
