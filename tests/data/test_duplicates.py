"""The same pixels twice are found, across splits too, with and without the same label."""

from dataclasses import replace

import numpy as np

from atolye.data import Split, find_duplicates, load_dataset
from atolye.data.duplicates import Duplicate


def test_copies_are_found():
    dataset = load_dataset("shapes", num_examples=60, image_size=16)
    train, test = dataset.train, dataset.test
    assert find_duplicates(dataset) == []
    inputs, targets = np.asarray(test.inputs).copy(), test.targets.copy()
    inputs[0], inputs[1] = train.inputs[3], train.inputs[3]
    targets[0], targets[1] = train.targets[3], (train.targets[3] + 1) % 10
    copied = replace(dataset, test=Split(inputs, targets, test.ids))
    assert find_duplicates(copied) == [
        Duplicate("train", str(train.ids[3]), "test", str(test.ids[0]), True),
        Duplicate("train", str(train.ids[3]), "test", str(test.ids[1]), False),
    ]
    assert find_duplicates(copied, most_bytes=1000) is None


def test_tables_are_not_searched():
    assert find_duplicates(load_dataset("breast_cancer")) is None
