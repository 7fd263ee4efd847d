import subprocess
import sys
from pathlib import Path

import pytest

from atolye.data import BUILT_IN, load_dataset


def test_built_in_names():
    assert set(BUILT_IN) == {"breast_cancer", "mnist_small", "digits", "mnist", "cifar10", "shapes"}
    dataset = load_dataset("shapes", image_size=32, num_examples=100, split_seed=1)
    assert dataset.input_shape == (32, 32, 3)
    assert sum(len(part) for part in dataset.splits.values()) == 100


def test_fractions_and_max_examples_reach_built_in_sets():
    dataset = load_dataset("digits", validation_fraction=0.1, test_fraction=0.3, max_examples=50)
    assert len(dataset.train) == 50 and set(dataset.class_counts()["train"].values()) == {5}
    assert abs(len(dataset.test) - 0.3 * 1797) < 6


def test_a_size_that_is_the_set_s_own_is_accepted():
    assert load_dataset("digits", image_size=8, task="classification").input_shape == (8, 8, 1)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("digits", {"target": "x"}, "target does not apply to digits; received 'x'. Leave it out"),
        ("digits", {"image_size": 96}, "digits has 8 px; received image_size 96"),
        ("breast_cancer", {"image_size": 96}, "breast_cancer has no images"),
        ("digits", {"num_examples": 5}, "num_examples does not apply to digits"),
        ("digits", {"task": "regression"}, "task does not apply to digits; received 'regression'"),
        ("shapes", {"image_size": 0}, "from 16 to 1024 pixels; received 0"),
        ("digits", {"max_examples": 0}, "max_examples must be at least 1; received 0"),
        ("digits", {"validation_fraction": -0.1}, "validation_fraction must be at least 0"),
    ],
)
def test_arguments_without_effect_or_out_of_range_are_refused(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        load_dataset(name, **arguments)


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(FileNotFoundError, match=r"named 'mnist_smal'\. Did you mean 'mnist_small'\? Built in: breast"):
        load_dataset("mnist_smal")


def test_a_path_is_never_taken_for_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError):
        load_dataset(Path("digits"))
    (tmp_path / "digits").mkdir()
    with pytest.raises(ValueError, match="digits holds no image"):
        load_dataset(Path("digits"))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"x")
    with pytest.raises(ValueError, match="neither a folder of images nor a CSV file. Name the folder"):
        load_dataset(tmp_path / "photo.jpg")


def test_folders_and_tables_refuse_what_has_no_effect(tmp_path):
    with pytest.raises(ValueError, match=r"target does not apply to the folder"):
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "1.png").write_bytes(b"x")
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "1.png").write_bytes(b"x")
        load_dataset(tmp_path, target="x")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="image_size does not apply to the table"):
        load_dataset(tmp_path / "t.csv", target="b", image_size=8)


def test_importing_the_data_folder_imports_no_framework():
    code = (
        "import sys, atolye.data; "
        "print([m for m in ('keras', 'tensorflow', 'jax', 'matplotlib', 'sklearn', 'mlxtend') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
