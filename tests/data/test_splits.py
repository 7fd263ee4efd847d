import numpy as np
import pytest

from atolye.data.splits import split_rows


def test_split_sizes_are_exact_per_class_and_rows_are_a_partition():
    targets = np.array([0] * 100 + [1] * 40)
    rows = split_rows(targets, ("cat", "dog"), seed=3)
    counts = {name: np.bincount(targets[part], minlength=2).tolist() for name, part in rows.items()}
    assert counts == {"train": [70, 28], "validation": [15, 6], "test": [15, 6]}
    assert sorted(np.concatenate(list(rows.values())).tolist()) == list(range(140))


def test_same_seed_same_splits_and_another_seed_others():
    targets = np.array([0, 1] * 50)
    first, again, other = (split_rows(targets, "ab", seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["test"], other["test"])


def test_equal_contents_stay_together():
    random = np.random.default_rng(0)
    targets = random.integers(0, 3, 600)
    contents = targets * 1000 + random.integers(0, 60, 600)  # about ten copies of each, pure in class
    rows = split_rows(targets, "abc", seed=0, contents=contents)
    train, validation, test = (set(contents[part].tolist()) for part in rows.values())
    assert not (train & validation or train & test or validation & test)
    assert 0.10 < len(rows["test"]) / 600 < 0.20


@pytest.mark.parametrize("sizes", [[100, 1, 1], [50, 50, 1], [1, 1, 1], [2, 2, 2]])
def test_no_split_is_empty_however_uneven_the_groups(sizes):
    contents = np.repeat(np.arange(3), sizes)
    contents = np.concatenate([contents, contents + 10])
    targets = np.repeat([0, 1], sum(sizes))
    rows = split_rows(targets, "ab", seed=0, contents=contents)
    assert all(set(targets[part].tolist()) == {0, 1} for part in rows.values())


def test_rows_without_classes_are_split_too():
    rows = split_rows(np.linspace(0, 1, 20), validation_fraction=0.2, test_fraction=0.0)
    assert [len(part) for part in rows.values()] == [16, 4, 0]


def test_a_class_with_one_example_is_named():
    with pytest.raises(ValueError, match=r"at least 3 different examples, .*; class 'dog' has 1\. Add"):
        split_rows(np.array([0] * 9 + [1]), ("cat", "dog"))
    with pytest.raises(ValueError, match=r"at least 2 different examples"):
        split_rows(np.array([0] * 9 + [1]), ("cat", "dog"), test_fraction=0.0)


def test_three_copies_of_one_content_are_one_example():
    with pytest.raises(ValueError, match="class 'dog' has 1"):
        split_rows(np.array([0] * 5 + [1] * 3), ("cat", "dog"), contents=np.array([0, 1, 2, 3, 4, 9, 9, 9]))


def test_one_class_only_is_an_error():
    with pytest.raises(ValueError, match="one class only: 'cat'; a classifier needs at least 2"):
        split_rows(np.zeros(9, np.int64), ("cat",))


@pytest.mark.parametrize(("fractions", "message"), [((1.0, 0.1), "below 1; received 1.0"), ((0.5, 0.5), "0.5 and 0.5")])
def test_fractions_must_leave_something_to_train_on(fractions, message):
    with pytest.raises(ValueError, match=message):
        split_rows(np.array([0, 1] * 9), "ab", validation_fraction=fractions[0], test_fraction=fractions[1])
