from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from atolye.data.dataset import Dataset, Split


def split(count=4, start=0):
    images = (np.arange(count, dtype=np.uint8) + start)[:, None, None, None] * np.ones((1, 2, 2, 1), np.uint8)
    return Split(images, np.arange(count) % 2, np.arange(count).astype(str), np.ones((count, 2, 2), bool))


def dataset(**changes):
    whole = Dataset(
        name="toy",
        kind="image",
        task="classification",
        train=split(10),
        validation=split(4, 20),
        test=split(4, 40),
        class_names=("cat", "dog"),
        value_range=(0.0, 255.0),
        provenance="by hand",
        excluded=(("a.png", "empty"),),
    )
    return replace(whole, **changes)


def test_summary_is_plain_and_complete():
    import json

    summary = json.loads(json.dumps(dataset().summary()))
    assert summary["num_examples"] == {"train": 10, "validation": 4, "test": 4}
    assert summary["class_counts"]["train"] == {"cat": 5, "dog": 5}
    assert summary["input_shape"] == [2, 2, 1] and summary["value_range"] == [0.0, 255.0]
    assert summary["excluded"] == [["a.png", "empty"]] and len(summary["hash"]) == 16


def test_hash_changes_with_any_content_and_with_nothing_else():
    first = dataset()
    assert dataset(name="other").content_hash == first.content_hash
    changed = split(4, 40)
    changed.inputs[0, 0, 0, 0] += 1
    relabelled = Split(split(4, 40).inputs, 1 - split(4).targets, split(4).ids)
    renamed = Split(split(4, 40).inputs, split(4).targets, np.array(list("wxyz")))
    hashes = {dataset(test=part).content_hash for part in (split(4, 40), changed, relabelled, renamed)}
    assert len(hashes) == 4 and first.content_hash in hashes


def test_hash_of_a_table_goes_by_its_values():
    def table(value):
        part = Split(pd.DataFrame({"a": [1.0, value]}), np.array([0, 1]), np.array(["0", "1"]))
        return dataset(train=part, validation=part, test=part, kind="table").content_hash

    assert table(2.0) == table(2.0) != table(2.0 + 1e-15)


def test_take_keeps_everything_together():
    part = split(6).take(np.array([4, 1]))
    assert part.ids.tolist() == ["4", "1"] and part.targets.tolist() == [0, 1]
    assert part.inputs[:, 0, 0, 0].tolist() == [4, 1] and part.masks.shape == (2, 2, 2)


def test_limit_is_even_over_the_classes_and_seeded():
    uneven = Split(np.zeros((100, 1)), (np.arange(100) >= 90).astype(int), np.arange(100).astype(str))
    limited = dataset(train=uneven).limit(20, seed=1)
    assert limited.class_counts()["train"] == {"cat": 10, "dog": 10}
    assert limited.train.ids.tolist() == dataset(train=uneven).limit(20, seed=1).train.ids.tolist()
    assert limited.train.ids.tolist() != dataset(train=uneven).limit(20, seed=2).train.ids.tolist()
    assert len(dataset().limit(1000).train) == 10


def test_regression_has_no_classes():
    regression = dataset(task="regression", class_names=())
    assert regression.num_classes == 0
    assert regression.class_counts() == {"train": {}, "validation": {}, "test": {}}


def test_uneven_lengths_are_refused():
    with pytest.raises(ValueError, match="must have one length; received 4, 3 and 4"):
        Split(np.zeros((4, 1)), np.zeros(3), np.arange(4).astype(str))
    with pytest.raises(ValueError, match="one mask an example; received 3 masks for 4"):
        Split(np.zeros((4, 1)), np.zeros(4), np.arange(4).astype(str), np.zeros((3, 2, 2), bool))


def test_max_examples_out_of_range():
    with pytest.raises(ValueError, match="max_examples must be at least 1; received 0"):
        dataset().limit(0)
