"""Momentum against the learning rate, compared with the update written out in NumPy."""

import keras
import numpy as np
import pytest

from atolye.train.schedules import FlatCosine, OneCycle, OneCycleMomentum, PerUpdate

STEPS = 8
SCHEDULE = OneCycle(0.1, STEPS, warmup_fraction=0.5, initial_divisor=4.0, anneal="linear")
GRADIENTS = np.linspace(-1.0, 2.0, STEPS).astype("float32")


def output(targets, prediction):
    return prediction


def train(optimizer, callbacks, gradients=GRADIENTS, **compile_options):
    """Train one weight from 0 whose gradient at batch i is `gradients[i]`."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(optimizer, output, **compile_options)
    x = gradients[:, None]
    model.fit(x, x, batch_size=1, shuffle=False, verbose=0, callbacks=callbacks)
    return model


def sgd_by_hand(nesterov):
    weight = velocity = 0.0
    for step, gradient in enumerate(GRADIENTS):
        rate = float(SCHEDULE(step))
        share = 0.95 - 0.1 * (step / 4 if step <= 4 else (8 - step) / 4)
        velocity = share * velocity - rate * gradient
        weight += share * velocity - rate * gradient if nesterov else velocity
    return weight


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_sgd_equals_hand_arithmetic(nesterov, steps_per_execution):
    optimizer = keras.optimizers.SGD(SCHEDULE, momentum=0.9, nesterov=nesterov)
    model = train(optimizer, [OneCycleMomentum(SCHEDULE)], steps_per_execution=steps_per_execution)
    assert model.get_weights()[0][0, 0] == pytest.approx(sgd_by_hand(nesterov), rel=1e-5)


def test_adam_equals_hand_arithmetic():
    model = train(keras.optimizers.Adam(SCHEDULE), [OneCycleMomentum(SCHEDULE)])
    weight = mean = square = 0.0
    for step, gradient in enumerate(GRADIENTS):
        beta = 0.95 - 0.1 * (step / 4 if step <= 4 else (8 - step) / 4)
        mean += (gradient - mean) * (1 - beta)
        square += (gradient**2 - square) * 0.001
        alpha = float(SCHEDULE(step)) * np.sqrt(1 - 0.999 ** (step + 1)) / (1 - beta ** (step + 1))
        weight -= alpha * mean / (np.sqrt(square) + 1e-7)
    assert model.get_weights()[0][0, 0] == pytest.approx(weight, rel=1e-4)


def test_counts_updates_under_accumulation():
    optimizer = keras.optimizers.SGD(PerUpdate(SCHEDULE, 2), momentum=0.9, gradient_accumulation_steps=2)
    model = train(optimizer, [OneCycleMomentum(PerUpdate(SCHEDULE, 2))], np.repeat(GRADIENTS, 2))
    assert model.get_weights()[0][0, 0] == pytest.approx(sgd_by_hand(False), rel=1e-5)


def test_optimizer_is_as_before_and_saves_meanwhile(tmp_path):
    optimizer = keras.optimizers.Adam(SCHEDULE, beta_1=0.9)
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "model.keras")
    model = train(optimizer, [OneCycleMomentum(SCHEDULE), checkpoint])
    assert optimizer.beta_1 == 0.9
    assert "update_step" not in vars(optimizer)
    again = keras.models.load_model(tmp_path / "model.keras", custom_objects={"output": output})
    assert again.optimizer.beta_1 == 0.9
    x = GRADIENTS[:, None]
    model.fit(x, x, verbose=0)  # Trains on with the optimizer's own momentum.


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD(0.1), keras.optimizers.RMSprop(0.1)])
def test_refuses_an_optimizer_without_momentum(optimizer):
    with pytest.raises(ValueError, match=r"Received the optimizer .* for OneCycleMomentum; expected SGD with momentum"):
        train(optimizer, [OneCycleMomentum(SCHEDULE)])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: OneCycleMomentum(OneCycle(0.1, 10), high=0.5, low=0.9), r"Received high=0.5 and low=0.9"),
        (lambda: OneCycleMomentum(FlatCosine(0.1, 10)), r"Received the schedule FlatCosine; expected OneCycle"),
    ],
)
def test_refuses(make, text):
    with pytest.raises(ValueError, match=text):
        make()
