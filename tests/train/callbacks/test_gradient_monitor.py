import keras
import numpy as np
import pytest

from atolye.train.callbacks import GradientMonitor, dead_unit_shares


def build():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(8, activation="relu", name="hidden"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1, name="out"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(16, 3)).astype("float32"), rng.normal(size=(16, 1)).astype("float32")


def test_frame_and_history():
    x, y = data()
    monitor = GradientMonitor(x, y)
    history = build().fit(x, y, epochs=2, verbose=0, callbacks=[monitor]).history
    frame = monitor.frame
    assert frame["layer"].tolist() == ["hidden", "norm", "out"] * 2
    assert frame["epoch"].tolist() == [1, 1, 1, 2, 2, 2]
    total = np.sqrt((frame[frame["epoch"] == 2]["gradient_norm"] ** 2).sum())
    assert history["gradient_norm"][1] == pytest.approx(total)
    assert history["dead_units"] == frame[frame["layer"] == "hidden"]["dead_share"].tolist()


def test_watching_changes_nothing():
    def weights(callbacks):
        x, y = data()
        model = build()
        model.fit(x, y, batch_size=4, epochs=3, verbose=0, callbacks=callbacks)
        return model.get_weights()

    for a, b in zip(weights([]), weights([GradientMonitor(*data())]), strict=True):
        np.testing.assert_array_equal(a, b)


def test_dead_units_by_hand():
    inputs = keras.Input((4, 4, 1))
    x = keras.layers.Conv2D(3, 1, name="conv")(inputs)
    x = keras.layers.ReLU(name="rectifier")(x)
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(x)))
    # channel 0 is always 0, channel 1 is positive in one place of one image, channel 2 everywhere
    model.get_layer("conv").set_weights([np.array([[[[-1.0, 1.0, 1.0]]]]), np.array([0.0, -4.5, 1.0])])
    images = np.ones((2, 4, 4, 1), "float32")
    images[1, 2, 3] = 5.0
    assert dead_unit_shares(model, images) == {"rectifier": pytest.approx(1 / 3)}


def test_dead_units_of_a_model_that_shares_its_layers():
    rectifier = keras.layers.ReLU(name="rectifier")
    for sign in (-1.0, 1.0):  # the layer's first call is in another model, whose units are dead
        inputs = keras.Input((2,))
        model = keras.Model(inputs, rectifier(keras.layers.Rescaling(sign)(inputs)))
    assert dead_unit_shares(model, np.ones((3, 2), "float32")) == {"rectifier": 0.0}


def test_leaky_units_are_not_counted():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2), keras.layers.ReLU(negative_slope=0.1)])
    assert dead_unit_shares(model, np.ones((2, 1), "float32")) == {}
