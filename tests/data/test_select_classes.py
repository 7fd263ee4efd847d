"""Some classes of a dataset as one of its own."""

from dataclasses import replace

import numpy as np
import pytest

from atolye.data import Dataset, Split, load_dataset, select_classes


def part(targets, start):
    count = len(targets)
    images = (np.arange(count, dtype=np.uint8) + start)[:, None, None, None] * np.ones((1, 2, 2, 1), np.uint8)
    masks = images[..., 0] % 2 == 0
    return Split(images, np.array(targets, np.int64), np.array([f"{start + n}" for n in range(count)]), masks)


def dataset(**changes):
    parts = {"train": part([0, 1, 2, 3, 3], 0), "validation": part([3, 1, 0, 2], 20), "test": part([2, 3, 1, 0], 40)}
    return Dataset(
        name="toy",
        kind="image",
        task="classification",
        **(parts | changes),
        class_names=("cat", "dog", "bird", "fish"),
        value_range=(0.0, 255.0),
        provenance="by hand",
    )


def test_examples_stay_with_their_labels_masks_ids_and_splits():
    few = select_classes(dataset(), ["fish", 1])
    assert few.class_names == ("fish", "dog") and few.num_classes == 2
    # rows 1, 3, 4 of the training split are dog, fish, fish
    assert few.train.ids.tolist() == ["1", "3", "4"] and few.train.targets.tolist() == [1, 0, 0]
    assert few.train.inputs[:, 0, 0, 0].tolist() == [1, 3, 4]
    assert few.train.masks[:, 0, 0].tolist() == [False, False, True]
    assert few.validation.ids.tolist() == ["20", "21"] and few.validation.targets.tolist() == [0, 1]
    assert few.test.ids.tolist() == ["41", "42"] and few.test.targets.tolist() == [0, 1]
    assert few.class_counts()["train"] == {"fish": 2, "dog": 1}
    assert few.name == "toy (fish, dog)" and few.provenance == "by hand; only fish, dog"
    assert few.content_hash != select_classes(dataset(), ["dog", "fish"]).content_hash


def test_the_dataset_itself_stays_and_two_halves_are_all_of_it():
    whole = load_dataset("digits")
    before = whole.content_hash
    halves = [select_classes(whole, ids) for ids in (range(5), range(5, 10))]
    assert whole.content_hash == before
    for name, split in whole.splits.items():
        assert sorted(np.concatenate([half.splits[name].ids for half in halves])) == sorted(split.ids)
    assert halves[1].class_names == ("5", "6", "7", "8", "9") and halves[1].test.targets.max() == 4


def test_a_table_and_an_empty_split():
    table = load_dataset("breast_cancer")
    swapped = select_classes(table, [1, 0])
    assert swapped.class_names == table.class_names[::-1]
    np.testing.assert_array_equal(swapped.test.targets, 1 - table.test.targets)
    nothing = part([], 0)
    assert len(select_classes(dataset(test=nothing), [0, 1]).test) == 0


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["cat", "dgo"], "Received the class 'dgo'; expected one of cat, dog, .* from 0 to 3. Did you mean 'dog'?"),
        ([0, 4], "Received the class 4; expected"),
        ([0, -1], "Received the class -1; expected"),
        (["cat"], "expected two or more different ones of cat, dog, bird, fish"),
        (["cat", 0], "expected two or more different ones"),
    ],
)
def test_wrong_classes(classes, message):
    with pytest.raises(ValueError, match=message):
        select_classes(dataset(), classes)


def test_classes_that_a_split_lacks_and_regression():
    with pytest.raises(ValueError, match="The train split of toy has no example of 'fish'. Leave the class out."):
        select_classes(dataset(train=part([0, 1, 2], 0)), ["cat", "fish"])
    values = replace(dataset(), task="regression", class_names=())
    with pytest.raises(ValueError, match="toy has values to predict and no classes"):
        select_classes(values, [0, 1])
