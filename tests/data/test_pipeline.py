import numpy as np
import pandas as pd
import pytest

from atolye.data import DataPruning
from atolye.data.dataset import Split
from atolye.data.pipeline import BatchPlan, batches


def numbered(count=10, targets=None):
    images = np.repeat(np.arange(count, dtype=np.uint8), 12).reshape(count, 2, 2, 3)
    return Split(images, np.arange(count) if targets is None else targets, np.arange(count).astype(str))


def epoch(dataset):
    return [(np.asarray(inputs), np.asarray(targets)) for inputs, targets in dataset]


def order(dataset):
    return np.concatenate([targets for _, targets in epoch(dataset)]).tolist()


def test_batches_in_order_keep_types():
    result = epoch(batches(numbered(), 4))
    assert [len(targets) for _, targets in result] == [4, 4, 2]
    assert result[0][0].dtype == np.uint8 and result[0][1].dtype == np.int64
    assert order(batches(numbered(), 4)) == list(range(10))
    assert [len(targets) for _, targets in epoch(batches(numbered(), 4, drop_remainder=True))] == [4, 4]


def test_shuffled_epochs_are_permutations_that_differ_and_repeat():
    dataset = batches(numbered(100), 16, shuffle=True, seed=5)
    first, second = order(dataset), order(dataset)
    assert sorted(first) == sorted(second) == list(range(100)) and first != second
    again = batches(numbered(100), 16, shuffle=True, seed=5)
    assert [order(again), order(again)] == [first, second]
    assert order(batches(numbered(100), 16, shuffle=True, seed=6)) != first


def test_resumed_batches_are_those_of_the_later_epoch():
    whole = batches(numbered(50), 16, shuffle=True, seed=5)
    _, second = order(whole), order(whole)
    assert order(batches(numbered(50), 16, shuffle=True, seed=5, first_epoch=1)) == second


def test_inputs_stay_with_their_targets():
    for inputs, targets in epoch(batches(numbered(30), 7, shuffle=True)):
        assert (inputs == targets[:, None, None, None]).all()


def test_memory_mapped_inputs_give_the_same_batches(tmp_path):
    split = numbered(60)
    np.save(tmp_path / "images.npy", split.inputs)
    mapped = Split(np.load(tmp_path / "images.npy", mmap_mode="r"), split.targets, split.ids)
    for shuffle in (False, True):
        pairs = zip(epoch(batches(split, 8, shuffle=shuffle)), epoch(batches(mapped, 8, shuffle=shuffle)), strict=True)
        for (inputs, targets), (mapped_inputs, mapped_targets) in pairs:
            assert np.array_equal(inputs, mapped_inputs) and np.array_equal(targets, mapped_targets)
            assert not isinstance(mapped_inputs, np.memmap)


def test_rows_and_float_targets():
    split = Split(np.ones((6, 3), np.float32), np.linspace(0, 1, 6, dtype=np.float32), np.arange(6).astype(str))
    inputs, targets = epoch(batches(split, 6))[0]
    assert inputs.shape == (6, 3) and targets.dtype == np.float32


def test_the_number_of_batches_is_known_and_keras_trains_from_them():
    import keras

    dataset = batches(numbered(10, np.arange(10) % 2), 4, shuffle=True)
    assert int(dataset.cardinality()) == 3
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert len(model.fit(dataset, epochs=2, shuffle=False, verbose=0).history["loss"]) == 2


@pytest.mark.parametrize(
    ("split", "arguments", "message"),
    [
        (numbered(), {"batch_size": 0}, "batch_size must be at least 1; received 0"),
        (numbered(0), {"batch_size": 4}, "holds 0 examples, too few for one batch of 4"),
        (numbered(3), {"batch_size": 4, "drop_remainder": True}, "holds 3 examples, too few"),
        (Split(pd.DataFrame({"a": [1]}), np.array([0]), np.array(["0"])), {"batch_size": 1}, "Encode them first"),
    ],
)
def test_what_makes_no_batch_is_told(split, arguments, message):
    with pytest.raises(ValueError, match=message):
        batches(split, **arguments)


def test_plan_reads_the_disk_from_front_to_back(tmp_path):
    split = numbered(40)
    np.save(tmp_path / "images.npy", split.inputs)
    asked = []

    class Watched(np.memmap):
        def __getitem__(self, rows):
            asked.append(np.array(rows))
            return super().__getitem__(rows)

    inputs = np.load(tmp_path / "images.npy", mmap_mode="r").view(Watched)
    plan = BatchPlan(Split(inputs, split.targets, split.ids), 10, True, 0, False)
    plan.batch(plan.order(0), 1)
    assert any(rows.shape == (10,) and (np.diff(rows) > 0).all() for rows in asked)


class Noise:
    """An augmentation that depends on its generator and the epoch alone."""

    def augment(self, images, labels=None, *, generator, epoch=0):
        return images + generator.integers(0, 100, images.shape, dtype="uint8") + np.uint8(epoch), labels


class TwoColumns(Noise):
    def augment(self, images, labels=None, *, generator, epoch=0):
        return images.astype("float32"), np.stack([labels, 1 - labels], axis=1).astype("float32")


class Picky(Noise):
    def augment(self, images, labels=None, *, generator, epoch=0):
        raise ValueError("Received images of 2 x 2 pixels for a crop of 28 x 28")


def augmented(**options):
    split = options.pop("split", numbered(50))
    return batches(split, 7, shuffle=True, **{"seed": 5, "augment": Noise()} | options)


def test_augmented_batches_are_the_same_bit_by_bit_with_one_and_with_eight_parallel_calls():
    one, eight = augmented(num_parallel_calls=1), augmented(num_parallel_calls=8)
    plain = batches(numbered(50), 7, shuffle=True, seed=5)
    for _ in range(3):
        triples = zip(epoch(one), epoch(eight), epoch(plain), strict=True)
        for (inputs, targets), (others, _), (untouched, rows) in triples:
            assert np.array_equal(inputs, others) and not np.array_equal(inputs, untouched)
            assert np.array_equal(targets, rows)


def test_epochs_and_seeds_differ_and_a_resumed_training_sees_what_it_would_have_seen():
    def images(dataset):
        return np.concatenate([inputs for inputs, _ in epoch(dataset)])

    whole = augmented()
    first, second = images(whole), images(whole)
    assert not np.array_equal(np.sort(first.ravel()), np.sort(second.ravel()))
    assert np.array_equal(images(augmented(first_epoch=1)), second)
    assert not np.array_equal(images(augmented(seed=6)), first)


def test_memory_mapped_inputs_are_augmented_alike(tmp_path):
    split = numbered(50)
    np.save(tmp_path / "images.npy", split.inputs)
    mapped = Split(np.load(tmp_path / "images.npy", mmap_mode="r"), split.targets, split.ids)
    for (inputs, _), (others, _) in zip(epoch(augmented()), epoch(augmented(split=mapped)), strict=True):
        assert np.array_equal(inputs, others)


def test_types_and_shapes_are_what_the_augmentation_makes_of_them():
    dataset = augmented(split=numbered(20, np.arange(20) % 2), augment=TwoColumns())
    inputs, targets = dataset.element_spec
    assert (inputs.dtype, tuple(inputs.shape)) == ("float32", (None, 2, 2, 3))
    assert (targets.dtype, tuple(targets.shape)) == ("float32", (None, 2))
    assert int(dataset.cardinality()) == 3


def test_what_does_not_fit_is_told_before_the_first_batch():
    with pytest.raises(ValueError, match="^Received images of 2 x 2 pixels for a crop of 28 x 28$"):
        augmented(augment=Picky())
    with pytest.raises(ValueError, match="num_parallel_calls must be at least 1; received 0"):
        augmented(num_parallel_calls=0)


def test_pruned_epochs_have_as_many_batches_of_fewer_examples():
    part = Split(np.arange(50, dtype=np.float32)[:, None], np.arange(50), np.arange(50).astype(str))
    for drop, sizes in ((False, [6, 6, 6, 6, 6, 5]), (True, [7, 7, 7, 7, 7])):
        pruning = DataPruning(0.3, epochs=4, whole_at_start=1)
        data = batches(part, 9, shuffle=True, drop_remainder=drop, pruning=pruning)
        whole = [targets.numpy() for _, targets in data]
        assert [len(targets) for targets in whole] == [9] * 5 + [5] * (not drop)
        pruning.record(np.concatenate(whole))  # the loss of example n is n
        pruned = [targets.numpy() for _, targets in data]
        assert [len(targets) for targets in pruned] == sizes
        hard = set(range(35, 50)) & set(np.concatenate(whole).tolist())  # seen, and not of the 30 that were easiest
        assert hard <= set(np.concatenate(pruned).tolist())


def test_pruned_epochs_are_augmented():
    class Negative:
        def augment(self, images, labels=None, *, generator, epoch=0):
            assert len(images)
            return 255 - images, labels

    pruning = DataPruning(0.5, epochs=4, whole_at_start=1)
    data = batches(numbered(20), 5, shuffle=True, augment=Negative(), pruning=pruning)
    pruning.record(np.concatenate([targets for _, targets in epoch(data)]))
    pruned = epoch(data)
    assert [len(targets) for _, targets in pruned] == [3, 3, 2, 2]
    assert all((255 - images[:, 0, 0, 0] == targets).all() for images, targets in pruned)


def test_pruning_needs_shuffled_examples():
    part = Split(np.zeros((4, 1), np.float32), np.arange(4), np.arange(4).astype(str))
    with pytest.raises(
        ValueError,
        match="Received pruning with shuffle=False; expected shuffle=True: what is left out is chosen at random",
    ):
        batches(part, 2, pruning=DataPruning(0.3, epochs=4))


@pytest.mark.parametrize(("count", "share"), [(1000, 0.1), (1500, 0.1), (900, 0.3)])
def test_batches_of_pruned_epochs_are_never_larger(count, share):
    part = Split(np.zeros((count, 1), np.float32), np.arange(count), np.arange(count).astype(str))
    pruning = DataPruning(share, epochs=4, whole_at_start=1)
    data = batches(part, 512, shuffle=True, drop_remainder=True, pruning=pruning)
    whole = [targets.numpy() for _, targets in data]
    pruning.record(np.concatenate(whole))
    assert [len(targets) for _, targets in data] == [512] * len(whole)


def test_pruning_keeps_an_example_for_each_batch():
    part = Split(np.zeros((10, 1), np.float32), np.arange(10), np.arange(10).astype(str))
    with pytest.raises(ValueError, match="Received batch_size=1; expected at least one of the 7 examples that pruning"):
        batches(part, 1, shuffle=True, pruning=DataPruning(0.3, epochs=5))
