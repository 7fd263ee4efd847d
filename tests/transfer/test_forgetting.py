"""Forgetting: fair settings, honest figures, and a model that is left as it was."""

from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest

from atolye.data import load_dataset, select_classes
from atolye.models import cnn, vgg_small
from atolye.transfer import cut, forgetting_table, measure_forgetting

COLUMNS = ["learning_rate", "strategy", "epoch", "target_accuracy", "source_accuracy"]


@pytest.fixture(scope="module")
def tasks():
    digits = load_dataset("digits", max_examples=300)
    return select_classes(digits, range(5)), select_classes(digits, range(5, 10))


@pytest.fixture(scope="module")
def model(tasks):
    """A network that knows the digits 0 to 4."""
    keras.utils.set_random_seed(0)
    network = vgg_small((8, 8, 1), 5, widths=(8, 16), convolutions=1, dropout=0.0)
    network.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", jit_compile=False)
    network.fit(tasks[0].train.inputs, tasks[0].train.targets, batch_size=16, epochs=8, verbose=0)
    return network


@pytest.fixture(scope="module")
def found(model, tasks):
    before = model.get_weights()
    seen = []
    frame = measure_forgetting(
        model,
        *tasks,
        learning_rates=[1e-1, 1e-3],
        strategies=["feature_extraction", "full"],
        epochs=2,
        batch_size=16,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for weight, was in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, was)
    return frame


def test_every_setting_starts_alike_and_the_first_row_is_before_the_training(found, model, tasks):
    assert list(found.columns) == COLUMNS and len(found) == 2 * 2 * 3
    first = found[found["epoch"] == 0]
    source = tasks[0].validation
    right = np.asarray(model(source.inputs)).argmax(axis=1) == source.targets
    assert first["source_accuracy"].tolist() == [pytest.approx(right.mean())] * 4 and right.mean() > 0.8
    assert first["target_accuracy"].nunique() == 1


def test_a_frozen_trunk_forgets_nothing_and_a_high_rate_forgets_most(found):
    table = forgetting_table(found).set_index(["strategy", "learning_rate"])
    assert table.loc["feature_extraction", "source_lost"].tolist() == [0.0, 0.0]
    lost = table.loc["full", "source_lost"]
    assert lost[1e-1] > 0.3 > lost[1e-3]
    assert table.loc[("full", 1e-1), "target_gained"] > 0.1


def test_what_trains_and_the_model_itself_are_put_back_also_after_an_interruption(model, tasks):
    flags = [layer.trainable for layer in model._flatten_layers()]
    before = model.get_weights()

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_forgetting(
            model, *tasks, learning_rates=[0.1], strategies=["partial"], epochs=1, batch_norm="train", progress=stop
        )
    assert [layer.trainable for layer in model._flatten_layers()] == flags
    assert all(np.array_equal(one, other) for one, other in zip(model.get_weights(), before, strict=True))
    assert len(model.trainable_weights) == len(before) - 4  # all but the moving statistics of two normalizations


def test_a_trunk_without_named_blocks_trains_whole_or_not_at_all(tasks):
    keras.utils.set_random_seed(0)
    network = cnn((8, 8, 1), 5, widths=(8,), dropout=0.0)
    trains = []
    measure_forgetting(
        network,
        *tasks,
        learning_rates=[0.01],
        strategies=["feature_extraction", "full"],
        epochs=1,
        progress=lambda done, total: trains.append({weight.name for weight in network.trainable_weights}),
    )
    # The source's head is never trained, but stays as trainable as it was; batch normalization is frozen by default.
    assert trains == [{"kernel", "bias"}, {"kernel", "bias"}]
    assert len(network.trainable_weights) == 2 + 2 + 2 * 2  # put back: convolutions, head, two normalizations
    with pytest.raises(ValueError, match="without a layer named as one of a block"):
        measure_forgetting(network, *tasks, strategies=["partial"])


def test_the_table_is_the_last_epoch_less_the_first():
    rows = [(0.1, "full", 1, 0.5, 0.75), (0.1, "full", 0, 0.25, 1.0)]  # in no order
    rows += [(0.1, "partial", 0, 0.25, 1.0), (0.1, "partial", 1, 0.5, 1.0)]
    table = forgetting_table(pd.DataFrame(rows, columns=COLUMNS))
    assert table.values.tolist() == [["full", 0.1, 0.5, 0.75, 0.25, 0.25], ["partial", 0.1, 0.5, 1.0, 0.25, 0.0]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": "other"}, "Received a model of 5 classes and a source of 3"),
        ({"target": "table"}, "Received as target 'breast_cancer', table, classification"),
        ({"learning_rates": [0.0]}, r"learning_rates=\(0.0,\), epochs=5; expected one strategy or more, rates above 0"),
        ({"learning_rates": []}, r"learning_rates=\(\)"),
        ({"strategies": []}, r"Received strategies=\(\)"),
        ({"epochs": 0}, "epochs=0; expected"),
        ({"strategies": ["half"]}, "Received strategy='half'"),
        ({"strategies": ["partial"], "blocks": 9}, "blocks=9 with strategy='partial'"),
        ({"model": "sequential"}, "expected a Functional model"),
    ],
)
def test_mistakes_are_told_before_any_training(model, tasks, changes, message):
    given = {"model": model, "source": tasks[0], "target": tasks[1], "learning_rates": [0.1]} | changes
    if given["source"] == "other":
        given["source"] = select_classes(load_dataset("digits"), [0, 1, 2])
    if given["target"] == "table":
        given["target"] = load_dataset("breast_cancer")
    if given["model"] == "sequential":
        given["model"] = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(5)])
    with pytest.raises(ValueError, match=message):
        measure_forgetting(**given)


def test_the_end_of_a_cut_network_forgets_as_well(model, tasks):
    layer = next(layer.name for layer in model.layers if isinstance(layer, keras.layers.MaxPooling2D))
    prefix, end = cut(model, layer)  # shares its layers with the model, which has other tensors
    features = [
        replace(
            task, **{name: replace(part, inputs=np.array(prefix(part.inputs))) for name, part in task.splits.items()}
        )
        for task in tasks
    ]
    table = measure_forgetting(end, *features, learning_rates=[1e-1], strategies=["full"], epochs=1)
    before = np.mean(np.asarray(model(tasks[0].validation.inputs)).argmax(axis=1) == tasks[0].validation.targets)
    assert table["source_accuracy"].tolist()[0] == pytest.approx(before)
    assert table["source_accuracy"].tolist()[1] < before
