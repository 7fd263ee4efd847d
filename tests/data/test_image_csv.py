import pandas as pd
import pytest
from PIL import Image

from atolye.data.image_csv import label_listing, path_column
from atolye.data.load import load_dataset


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "photos"
    (root / "all").mkdir(parents=True)
    for number in range(20):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(root / "all" / f"{number}.png")
    return root


def listing(**columns):
    return pd.DataFrame({"path": [f"all/{number}.png" for number in range(20)], **columns})


def test_listing_to_dataset(root):
    listing(label=["cat", "dog"] * 10, camera=range(20)).to_csv(root / "list.csv", index=False)
    dataset = load_dataset(root / "list.csv", image_size=8)
    assert dataset.kind == "image" and dataset.class_names == ("cat", "dog")
    for image, target, name in zip(dataset.test.inputs, dataset.test.targets, dataset.test.ids, strict=True):
        number = int(name.removeprefix("all/").removesuffix(".png"))
        assert image[0, 0, 0] == number and target == number % 2


def test_missing_files_are_named_and_counted(root):
    listing(label=["cat", "dog"] * 10).to_csv(root / "list.csv", index=False)
    (root / "all" / "4.png").unlink()
    dataset = load_dataset(root / "list.csv", image_size=8)
    assert dataset.excluded == (("all/4.png", "No such file or directory"),)
    (root / "all" / "5.png").unlink()
    with pytest.raises(ValueError, match="2 of 20 images cannot be read"):
        load_dataset(root / "list.csv", image_size=8)


def test_absolute_paths_and_numbers_as_labels(root):
    frame = pd.DataFrame({"file": [str(root / "all" / f"{number}.png") for number in range(20)], "kind": [2, 10] * 10})
    labelled = label_listing(frame, root / "list.csv", "file")
    assert path_column(frame, root) == "file"
    assert labelled.class_names == ("2", "10") and labelled.labels[:2] == ["2", "10"]


def test_rows_without_label_or_listed_twice_are_left_out(root):
    frame = listing(label=["cat", "dog"] * 9 + [None, "dog"])
    frame = pd.concat([frame, frame.iloc[:1]], ignore_index=True)
    labelled = label_listing(frame, root / "list.csv", "path")
    assert labelled.excluded == (("row 18", "no value of 'label'"), ("row 20", "all/0.png is listed before"))
    frame.loc[20, "label"] = "dog"
    with pytest.raises(ValueError, match="lists all/0.png as 'cat' and as 'dog'"):
        label_listing(frame, root / "list.csv", "path")


def test_a_table_without_image_paths_has_no_path_column(root):
    assert path_column(pd.DataFrame({"age": [1], "name": ["all"], "none": [None]}), root) is None


def test_paths_of_which_none_exists_are_an_error_and_can_be_ignored(root):
    frame = pd.DataFrame({"logo": ["a.png", "b.png"] * 10, "size": range(20), "label": ["x", "y"] * 10})
    with pytest.raises(ValueError, match=r"column 'logo' names image files, such as 'a\.png', but none is there"):
        path_column(frame, root)
    frame.to_csv(root / "table.csv", index=False)
    kinds = {"logo": "ignore", "size": "numeric"}
    assert load_dataset(root / "table.csv", target="label", column_kinds=kinds).kind == "table"


@pytest.mark.parametrize(
    ("columns", "target", "message"),
    [
        ({"a": ["x", "y"] * 10, "b": ["x", "y"] * 10}, None, r"which column holds the labels .*: a, b"),
        ({}, None, "which column holds the labels .*: none"),
        ({"label": ["x", "y"] * 10}, "labl", r"no column 'labl' of labels\. Did you mean 'label'"),
        ({"label": ["x"] * 20}, None, "holds one class only: 'x'"),
    ],
)
def test_listings_that_cannot_be_used(root, columns, target, message):
    with pytest.raises(ValueError, match=message):
        label_listing(listing(**columns), root / "list.csv", "path", target)
