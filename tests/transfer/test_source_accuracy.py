"""The source task's accuracy in the history of another training."""

import keras
import numpy as np
import pytest

from atolye.data import Split
from atolye.transfer import SourceAccuracy

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 1)).astype(np.uint8)
IDS = np.arange(5).astype(str)


def tasks(units=2):
    """Return a source model and a target model with one trunk."""
    inputs = keras.Input((4, 4, 1))
    trunk = keras.layers.Dense(3, name="trunk")(keras.layers.Flatten()(inputs))
    activation = "sigmoid" if units == 1 else "softmax"
    source = keras.Model(inputs, keras.layers.Dense(units, activation=activation, name="source")(trunk))
    return source, keras.Model(inputs, keras.layers.Dense(1, name="target")(trunk))


def answers(model):
    return np.asarray(model(IMAGES.astype("float32")))


@pytest.mark.parametrize("units", [1, 2, 4])
def test_accuracy_is_the_share_of_right_answers(seeded, units):
    source, _ = tasks(units)
    found = answers(source)
    targets = (found[:, 0] > 0.5).astype(int) if units == 1 else found.argmax(axis=1)
    assert SourceAccuracy(source, Split(IMAGES, targets, IDS), batch_size=2).measure() == 1.0
    targets[[0, 3]] = (targets[[0, 3]] + 1) % max(units, 2)
    assert SourceAccuracy(source, Split(IMAGES, targets, IDS)).measure() == pytest.approx(0.6)


def test_history_follows_the_shared_trunk_and_the_source_head_stays(seeded):
    source, target = tasks()
    targets = answers(source).argmax(axis=1)
    head = source.get_layer("source").get_weights()
    callback = SourceAccuracy(source, Split(IMAGES, targets, IDS))
    target.compile("sgd", "mse", run_eagerly=True)

    class Swap(keras.callbacks.Callback):
        """Turn the source's answers round at the beginning of the second epoch."""

        def on_epoch_begin(self, epoch, logs=None):
            trunk = target.get_layer("trunk")
            assert callback.before == 1.0  # measured before the first epoch
            trunk.set_weights([-weight if epoch else weight for weight in self.weights])

        def on_train_begin(self, logs=None):
            self.weights = target.get_layer("trunk").get_weights()

    target.optimizer.learning_rate = 0.0
    history = target.fit(IMAGES, np.zeros(5), epochs=2, verbose=0, callbacks=[callback, Swap()]).history
    after = float(np.mean(answers(source).argmax(axis=1) == targets))
    assert after < 1 and history["source_accuracy"] == [1.0, after]
    np.testing.assert_array_equal(source.get_layer("source").get_weights()[0], head[0])


def test_the_figure_has_the_name_that_was_given():
    source, _ = tasks()
    callback = SourceAccuracy(source, Split(IMAGES, np.zeros(5, int), IDS), name="old")
    logs = {}
    callback.on_epoch_end(0, logs)
    callback.on_epoch_end(0, None)
    assert list(logs) == ["old"] and callback.before is None


def test_examples_that_do_not_fit():
    source, _ = tasks()
    with pytest.raises(ValueError, match=r"5 examples of shape \(4, 4, 1, 1\) for a model that reads \(4, 4, 1\)"):
        SourceAccuracy(source, Split(IMAGES[..., None], np.zeros(5, int), IDS))
    with pytest.raises(ValueError, match="Received 0 examples"):
        SourceAccuracy(source, Split(IMAGES[:0], np.zeros(0, int), IDS[:0]))
