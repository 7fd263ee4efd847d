import keras
import numpy as np
import pytest

from atolye.train.callbacks import BestWeights, Lookahead

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(32, 4)).astype("float32"), RANDOM.normal(size=(32, 1)).astype("float32")


def build(**options):
    keras.utils.set_random_seed(3)
    norm = keras.layers.BatchNormalization(momentum=0.5)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), norm, keras.layers.Dense(1)])
    # No momentum: a step depends on the weights alone, so that it can be repeated from any.
    model.compile(keras.optimizers.SGD(0.1, **options.pop("optimizer", {})), "mse", **options)
    return model


def fit(model, *callbacks, epochs=1, **options):
    options = {"batch_size": 4, "epochs": epochs, "shuffle": False, "verbose": 0} | options
    return model.fit(X, Y, callbacks=list(callbacks), **options).history


def arrays(model):
    return [np.array(weight) for weight in model.get_weights()]


def by_hand(batches, meetings):
    """Train batch by batch; at update t in `meetings` mix with the decay that stands there."""
    model = build()
    slow, t = arrays(model), 0
    for batch in range(batches):
        rows = slice(4 * (batch % 8), 4 * (batch % 8) + 4)
        model.train_on_batch(X[rows], Y[rows])
        t += 1
        if t in meetings:
            kept = meetings[t]
            slow = [kept * s + (1 - kept) * w for s, w in zip(slow, arrays(model), strict=True)]
            model.set_weights(slow)
    return arrays(model)


def close(ours, theirs):
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=3e-6)


@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_constant_decay_by_hand(steps_per_execution):
    model = build(steps_per_execution=steps_per_execution)
    fit(model, Lookahead(every=3, decay=0.4))
    close(arrays(model), by_hand(8, {3: 0.4, 6: 0.4}))


def test_rising_decay_and_the_end_by_hand():
    model = build()
    fit(model, Lookahead(16, every=5, decay=0.8), epochs=2)
    decays = {t: 0.8 * (t / 16) ** 3 for t in (5, 10, 15)}
    close(arrays(model), by_hand(16, decays | {16: 1.0}))
    other = build()
    fit(other, Lookahead(16, every=8, decay=0.8), epochs=2)  # the last update is a meeting like any other
    close(arrays(other), by_hand(16, {8: 0.1, 16: 0.8}))


def test_statistics_are_among_the_slow_weights():
    model = build()
    watched = Lookahead(every=8, decay=0.9)
    fit(model, watched)
    plain = build()
    fit(plain)
    mean, moved = plain.layers[1].moving_mean.numpy(), model.layers[1].moving_mean.numpy()
    np.testing.assert_allclose(moved, 0.1 * mean, rtol=1e-5)  # it starts from 0


def test_accumulated_batches_are_one_update():
    model = build(optimizer={"gradient_accumulation_steps": 4})
    callback = Lookahead(every=2, decay=0.5)
    fit(model, callback)
    assert callback.get_state()["updates"] == 2
    start, plain = build(), build(optimizer={"gradient_accumulation_steps": 4})
    fit(plain)
    kernel = 0.5 * start.get_weights()[0] + 0.5 * plain.get_weights()[0]
    np.testing.assert_allclose(model.get_weights()[0], kernel, atol=3e-6)


def test_what_is_measured_is_what_is_kept_beside_best_weights():
    model = build()
    keep = BestWeights("val_loss", ema_decay=0.9)
    history = fit(model, Lookahead(24, every=5), keep, epochs=3, validation_data=(X, Y))
    assert keep.best == min(history["val_loss"]) == model.evaluate(X, Y, batch_size=4, verbose=0)
    assert "train_step" not in vars(model)


def test_a_resumed_training_equals_an_uninterrupted_one():
    whole = build()
    fit(whole, Lookahead(24, every=5), epochs=3)
    part, first = build(), Lookahead(24, every=5)
    fit(part, first, epochs=2)
    resumed, second = build(), Lookahead(24, every=5)
    resumed.set_weights(part.get_weights())
    second.set_state(first.get_state())
    fit(resumed, second, epochs=3, initial_epoch=2)
    for a, b in zip(arrays(resumed), arrays(whole), strict=True):
        np.testing.assert_array_equal(a, b)


def test_bad_arguments():
    for options, message in [
        ({"total_updates": 0}, "^Received total_updates=0; expected at least 1, or None. Use count_updates"),
        ({"every": 0}, "^Received every=0; expected a whole number of updates, at least 1. 5 is usual.$"),
        ({"every": float("nan")}, "^Received every=nan; expected a whole number of updates"),
        ({"every": 2.5}, "^Received every=2.5; expected a whole number of updates"),
        ({"decay": 1.0}, "^Received decay=1.0; expected 0 <= decay < 1"),
    ]:
        with pytest.raises(ValueError, match=message):
            Lookahead(**options)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    callback = Lookahead()
    callback.set_model(model)
    with pytest.raises(ValueError, match="^Lookahead needs a built model"):
        callback.on_train_begin()
