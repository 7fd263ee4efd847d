import pytest

from atolye.data.image_folder import label_folder


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def make(root, *names):
    for name in names:
        touch(root / name)


def test_labels_are_the_names_of_the_class_folders(tmp_path):
    make(tmp_path, "dog/1.png", "cat/deep/2.jpg", "cat/1.JPG", "cat/notes.txt", "readme.md", "loose.png")
    labelled = label_folder(tmp_path)
    assert labelled.class_names == ("cat", "dog") and labelled.labels == ["cat", "cat", "dog"]
    assert labelled.given is None
    assert labelled.excluded == (("loose.png", "lies in no class folder"),)


@pytest.mark.parametrize("name", ["validation", "val", "Valid"])
def test_given_splits(tmp_path, name):
    make(
        tmp_path, "train/a/1.png", "train/b/1.png", f"{name}/a/2.png", f"{name}/b/2.png", "test/a/3.png", "test/b/3.png"
    )
    labelled = label_folder(tmp_path)
    assert labelled.class_names == ("a", "b")
    assert sorted(zip(labelled.given, labelled.labels, strict=True)) == [
        (split, label) for split in ("test", "train", "validation") for label in "ab"
    ]


def test_classes_named_like_splits_are_classes_when_others_stand_beside_them(tmp_path):
    make(tmp_path, "test/1.png", "train/1.png", "boat/1.png")
    assert label_folder(tmp_path).class_names == ("boat", "test", "train")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "holds no image .* Expected one folder of images a class"),
        (["cat/notes.txt", "dog/notes.txt"], "holds no image"),
        (["1.png", "2.png"], "lie side by side, so their classes are unknown"),
        (["cat/1.png", "dog/notes.txt"], "holds one class only: 'cat'; a classifier needs at least 2"),
        (["train/a/1.png", "train/b/1.png"], "holds only a train folder; add validation or test"),
        (["train/a/1.png", "train/b/1.png", "test/a/1.png", "test/c/1.png"], "test lacks b and adds c"),
        (["train/a/1.png", "train/b/1.png", "val/a/1.png", "valid/a/1.png"], "two folders for one split"),
        (["train/a/1.png", "train/b/1.png", "test/1.png"], "lie side by side"),
    ],
)
def test_folders_that_cannot_be_used(tmp_path, names, message):
    make(tmp_path, *names)
    with pytest.raises(ValueError, match=message):
        label_folder(tmp_path)
