import keras
import numpy as np
import pytest

from atolye.train.callbacks import check_monitor, log_names, monitor_mode


def one_output(**options):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "softmax")])
    model.compile("sgd", "categorical_crossentropy", **options)
    return model


def two_outputs(**options):
    inputs = keras.Input((2,))
    outputs = [keras.layers.Dense(1, name="main")(inputs), keras.layers.Dense(1, name="aux")(inputs)]
    model = keras.Model(inputs, outputs)
    model.compile("sgd", **options)
    return model


def logged(model, targets):
    """What Keras really logs."""
    x = np.zeros((4, 2), "float32")
    return list(model.fit(x, targets, verbose=0).history)


ONE = np.eye(2, dtype="float32")[[0, 1, 0, 1]]
TWO = [np.zeros((4, 1), "float32")] * 2


@pytest.mark.parametrize(
    "metrics",
    [
        None,
        ["accuracy"],
        ["acc", "mse"],
        [keras.metrics.AUC(name="area")],
        ["accuracy", keras.metrics.F1Score(average="macro", name="f1")],
    ],
)
def test_names_are_those_that_keras_logs(metrics):
    model = one_output(metrics=metrics)
    assert sorted(log_names(model)) == sorted(logged(model, ONE))


@pytest.mark.parametrize(
    "options",
    [
        {"loss": ["mse", "mae"]},
        {"loss": {"main": "mse", "aux": "mae"}, "metrics": {"main": ["mae"]}},
        {"loss": "mse", "metrics": ["mae", ["mse", "mae"]]},
    ],
)
def test_names_of_several_outputs(options):
    model = two_outputs(**options)
    assert sorted(log_names(model)) == sorted(logged(model, TWO))


def test_class_names_are_not_known_before_the_first_batch():
    model = one_output(metrics=["AUC"])
    assert log_names(model) is None
    check_monitor("val_anything", model)


def test_a_monitor_that_will_not_exist_is_refused():
    expected = (
        r"monitor 'val_acc' will not be logged; the names are loss, accuracy, val_loss, val_accuracy\. "
        r"Did you mean 'val_accuracy'\?"
    )
    with pytest.raises(ValueError, match=expected):
        check_monitor("val_acc", one_output(metrics=["accuracy"]))


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("loss", "min"),
        ("val_loss", "min"),
        ("val_main_loss", "min"),
        ("val_accuracy", "max"),
        ("val_auc", "max"),
        ("val_mae", "min"),
        ("val_root_mean_squared_error", "min"),
        ("val_sparse_categorical_crossentropy", "min"),
        ("val_f_beta", "max"),
    ],
)
def test_direction(name, mode):
    assert monitor_mode(name) == mode


def test_direction_that_cannot_be_told():
    with pytest.raises(ValueError, match="cannot tell whether a higher 'val_kappa' is better; pass mode="):
        monitor_mode("val_kappa")
    assert monitor_mode("val_kappa", "max") == "max"
    with pytest.raises(ValueError, match="mode must be 'min', 'max' or 'auto'; received 'up'"):
        monitor_mode("val_loss", "up")
