import shutil

import numpy as np
import pytest
from PIL import Image

from atolye.data import image_dataset
from atolye.data.load import load_dataset


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "photos"


def fill(folder, count, start=0):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(start, start + count):
        # One colour an image, so that pixels tell which file they are from.
        Image.new("RGB", (10, 12), (number, len(folder.name), 7)).save(folder / f"{number:03}.png")


def test_folder_is_split_by_class_with_the_right_pixels(root):
    fill(root / "cat", 20)
    fill(root / "mouse", 40)
    dataset = load_dataset(root, image_size=8)
    assert dataset.name == "photos" and dataset.input_shape == (8, 8, 3)
    assert dataset.class_counts() == {
        "train": {"cat": 14, "mouse": 28},
        "validation": {"cat": 3, "mouse": 6},
        "test": {"cat": 3, "mouse": 6},
    }
    for part in dataset.splits.values():
        for image, target, name in zip(part.inputs, part.targets, part.ids, strict=True):
            folder, file = name.split("/")
            assert dataset.class_names[target] == folder
            assert image[0, 0].tolist() == [int(file[:3]), len(folder), 7]


def test_default_size_and_provenance(root):
    fill(root / "cat", 3)
    fill(root / "dogs", 3)
    dataset = load_dataset(root)
    assert dataset.input_shape == (96, 96, 3)
    assert dataset.provenance == "6 image files of photos, crop to 96 x 96 px"


def test_unreadable_files_are_named_and_too_many_stop(root):
    fill(root / "cat", 20)
    fill(root / "dogs", 20)
    (root / "cat" / "000.png").write_bytes(b"")
    (root / "dogs" / "001.png").write_text("text")
    dataset = load_dataset(root, image_size=8)
    assert dataset.excluded == (
        ("cat/000.png", "the file is empty"),
        ("dogs/001.png", "not an image (JPEG, PNG, WebP, BMP, GIF or TIFF)"),
    )
    assert sum(len(part) for part in dataset.splits.values()) == 38
    message = r"2 of 40 images cannot be read, more than max_bad = 0\.04 allows: cat/000\.png: the file is empty; dogs"
    with pytest.raises(ValueError, match=message):
        load_dataset(root, image_size=8, max_bad=0.04)
    with pytest.raises(ValueError, match="max_bad is a share from 0 to 1; received 5"):
        load_dataset(root, max_bad=5)


def test_one_content_never_lies_in_two_splits(root):
    fill(root / "cat", 20)
    fill(root / "dogs", 20)
    for number in range(20):
        for copy in range(number % 4):
            shutil.copy(root / "cat" / f"{number:03}.png", root / "cat" / f"copy{copy}_{number:03}.png")
    dataset = load_dataset(root, image_size=8)
    train, validation, test = (
        {tuple(image[0, 0]) for image, target in zip(part.inputs, part.targets, strict=True) if target == 0}
        for part in dataset.splits.values()
    )
    assert len(train | validation | test) == 20
    assert not (train & validation or train & test or validation & test)


def test_one_content_under_two_labels_is_left_out(root):
    fill(root / "cat", 10)
    fill(root / "dogs", 10)
    shutil.copy(root / "cat" / "004.png", root / "dogs" / "zzz.png")
    dataset = load_dataset(root, image_size=8)
    assert dataset.excluded == (
        ("cat/004.png", "same file as dogs/zzz.png, labelled 'dogs' there"),
        ("dogs/zzz.png", "same file as cat/004.png, labelled 'cat' there"),
    )
    assert sum(len(part) for part in dataset.splits.values()) == 19


def test_given_splits_are_kept_and_what_judges_is_dropped_from_training(root):
    for start, split in enumerate(("train", "val", "test")):
        for label in ("cat", "dogs"):
            fill(root / split / label, 5, start=start * 20)
    shutil.copy(root / "test" / "cat" / "040.png", root / "train" / "cat" / "leak.png")
    shutil.copy(root / "test" / "cat" / "040.png", root / "val" / "cat" / "leak.png")
    dataset = load_dataset(root, image_size=8)
    assert {name: len(part) for name, part in dataset.splits.items()} == {"train": 10, "validation": 10, "test": 10}
    assert all(name.startswith("test/") for name in dataset.test.ids)
    assert dataset.excluded == (
        ("val/cat/leak.png", "same file as test/cat/040.png, which judges it"),
        ("train/cat/leak.png", "same file as test/cat/040.png, which judges it"),
    )


@pytest.mark.parametrize(("given", "carved"), [("test", "validation"), ("validation", "test")])
def test_a_split_that_is_not_given_is_carved_from_train(root, given, carved):
    for start, split in enumerate(("train", given)):
        for label in ("cat", "dogs"):
            fill(root / split / label, 20, start=start * 20)
    dataset = load_dataset(root, image_size=8)
    sizes = {name: len(part) for name, part in dataset.splits.items()}
    assert sizes == {"train": 34, given: 40, carved: 6}
    assert all(name.startswith("train/") for name in dataset.splits[carved].ids)


def test_a_class_with_one_image_is_named(root):
    fill(root / "cat", 9)
    fill(root / "dogs", 1)
    with pytest.raises(ValueError, match="class 'dogs' has 1. Add examples or remove the class"):
        load_dataset(root, image_size=8)


def test_a_given_split_left_without_a_class_is_named(root):
    for split in ("train", "val", "test"):
        fill(root / split / "cat", 30, start={"train": 0, "val": 50, "test": 100}[split])
        fill(root / split / "dogs", 1, start={"train": 0, "val": 50, "test": 100}[split])
    (root / "val" / "dogs" / "050.png").write_text("text")
    with pytest.raises(ValueError, match="class 'dogs' has no usable image in the validation split"):
        load_dataset(root, image_size=8)


def test_beyond_memory_the_splits_are_mapped_from_disk(root, monkeypatch):
    fill(root / "cat", 20)
    fill(root / "dogs", 20)
    in_memory = load_dataset(root, image_size=8)
    monkeypatch.setattr(image_dataset, "IN_MEMORY_BYTES", 0)
    monkeypatch.setattr(image_dataset, "_ROWS_PER_COPY", 7)
    mapped = load_dataset(root, image_size=8)
    assert isinstance(mapped.train.inputs, np.memmap) and not isinstance(in_memory.train.inputs, np.memmap)
    assert mapped.content_hash == in_memory.content_hash
    other = load_dataset(root, image_size=8, split_seed=1)
    assert other.content_hash != mapped.content_hash
    assert len(list(root.parent.glob("cache/images/*/split-*"))) == 3  # those of the other seed are gone


def test_max_examples_limits_training_evenly(root):
    fill(root / "cat", 20)
    fill(root / "dogs", 20)
    dataset = load_dataset(root, image_size=8, max_examples=10)
    assert dataset.class_counts()["train"] == {"cat": 5, "dogs": 5} and len(dataset.test) == 6
