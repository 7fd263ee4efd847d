"""Which weight is trained by which rule, at which rate."""

import importlib.util
import os
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest

from atolye.layers import DepthwiseConv2D, GroupedConv2D
from atolye.models import mlp, whitened_cnn
from atolye.train.dtype_policy import dtype_policy
from atolye.train.optimizers import muon_with_sgd
from atolye.train.schedules import make_schedule


@pytest.mark.parametrize(("policy", "dtype"), [("float32", "float32"), ("mixed_bfloat16", "bfloat16")])
def test_muon_computes_as_the_model_does(policy, dtype):
    with dtype_policy(policy):
        model = whitened_cnn((8, 8, 3), 3, widths=(8, 8))
    assert muon_with_sgd(model, 0.1).optimizers[-1].ns_dtype == dtype


@pytest.mark.parametrize("rate", [0.01, make_schedule("linear", 0.01, 100)])
def test_a_first_step_of_each_kind_of_weight(rate):
    """SGD with Nesterov momentum goes 1 + 0.85 times the rate; Muon exchanges the rate's share of a kernel."""
    model = whitened_cnn((12, 12, 3), 10, widths=(8, 8))
    random = np.random.default_rng(0)
    gradients = [random.normal(size=weight.shape).astype("float32") for weight in model.trainable_weights]
    before = [np.array(weight) for weight in model.trainable_weights]
    muon_with_sgd(model, rate, shift_factor=10, head_factor=2).apply(gradients, model.trainable_weights)
    seen = []
    for weight, old, gradient in zip(model.trainable_weights, before, gradients, strict=True):
        if weight.path.endswith("conv/kernel"):
            length = np.sqrt(weight.shape[-1])
            old = old / np.linalg.norm(old) * length  # the kernel's length is set first
            moved = np.linalg.norm(np.array(weight) - old) / length
            assert moved == pytest.approx(0.01, rel=0.3)  # singular values come out between 0.7 and 1.2
        else:
            factor = 2 if weight.path.startswith("probabilities/") else 10
            np.testing.assert_allclose(old - np.array(weight), 1.85 * factor * 0.01 * gradient, rtol=1e-3, atol=1e-6)
        seen.append(weight.path.rsplit("/", 1)[-1])
    assert {name: seen.count(name) for name in set(seen)} == {"kernel": 5, "beta": 4, "bias": 2}


@pytest.mark.parametrize(
    ("layer", "name", "factor"),
    [
        (DepthwiseConv2D(3, use_bias=False), "kernel", 10),
        (keras.layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False), "kernel", 10),
        (keras.layers.SeparableConv2D(4, 3, depth_multiplier=2, use_bias=False), "depthwise_kernel", 10),
        (keras.layers.SeparableConv2D(1, 3, use_bias=False), "depthwise_kernel", 10),
        (keras.layers.SeparableConv2D(1, 3, use_bias=False), "pointwise_kernel", 2),
        (keras.layers.Conv2D(4, 3, groups=4, use_bias=False), "kernel", 10),
        (GroupedConv2D(8, 3, groups=4, use_bias=False), "kernel", 10),
        (keras.layers.Conv2D(1, 3), "kernel", 2),  # one filter, of an attention map, say: with the head
        (keras.layers.Conv2D(1, 3), "bias", 2),
    ],
)
def test_a_kernel_that_is_no_matrix_is_trained_by_sgd(layer, name, factor):
    """Shifts have 10 times the rate here, the head has twice."""
    model = keras.Sequential([keras.Input((9, 9, 3)), keras.layers.Conv2D(4, 3), layer])
    before = np.array(getattr(layer, name))
    gradients = [np.ones(weight.shape, "float32") for weight in model.trainable_weights]
    optimizer = muon_with_sgd(model, 0.01, shift_factor=10, head_factor=2)
    optimizer.apply(gradients, model.trainable_weights)
    np.testing.assert_allclose(before - np.array(getattr(layer, name)), 1.85 * factor * 0.01, rtol=1e-4)


@pytest.mark.parametrize(
    ("odd", "shape"),
    [(keras.layers.Conv1D, (1, 8, 4)), (keras.layers.Conv3D, (1, 1, 1, 8, 4))],
)
def test_a_weight_that_it_has_no_rule_for(odd, shape):
    """At the shifts' rate, 110 times the kernels', it would have been thrown about without a word."""
    reshaped = keras.layers.Reshape((49, 8) if len(shape) == 3 else (7, 7, 1, 8))
    layers = [keras.layers.Conv2D(8, 3), reshaped, odd(4, 1, name="odd")]
    model = keras.Sequential([keras.Input((9, 9, 3)), *layers], name="net")
    text = (
        f"Received the weight 'net/odd/kernel' of shape {shape}; expected kernels of 2-D convolutions and Dense "
        "layers. Take `grouped_optimizer` with a rule for it, or another optimizer."
    )
    with pytest.raises(ValueError) as raised:
        muon_with_sgd(model, 0.1)
    assert str(raised.value) == text


def test_slopes_of_an_activation_go_with_the_shifts():
    model = whitened_cnn((12, 12, 3), 3, widths=(8, 8), activation="prelu")
    slopes = [weight for weight in model.trainable_weights if weight.name == "alpha"]
    before = [np.array(weight) for weight in slopes]
    gradients = [np.ones(weight.shape, "float32") for weight in model.trainable_weights]
    muon_with_sgd(model, 0.01, shift_factor=10).apply(gradients, model.trainable_weights)
    assert len(slopes) == 5 and len(slopes[0].shape) == 3
    for weight, old in zip(slopes, before, strict=True):
        np.testing.assert_allclose(old - np.array(weight), 1.85 * 0.1, rtol=1e-4)


def test_small_batches_have_small_rates_of_the_mean_loss():
    """The source sums the losses of a batch: the mean of 64 is an eighth of the step of 512."""
    model = whitened_cnn((12, 12, 3), 10, widths=(8, 8))
    rates = [
        [float(part.learning_rate) for part in muon_with_sgd(model, 0.1, batch_size=size).optimizers]
        for size in (512, 64)
    ]
    np.testing.assert_allclose(rates, [[0.55, 11, 0.1], [0.55 / 8, 11 / 8, 0.1]], rtol=1e-6)  # head, shifts, Muon
    with pytest.raises(ValueError, match="^Received batch_size=0; expected at least 1. 512 is usual.$"):
        muon_with_sgd(model, 0.1, batch_size=0)


def test_trains_and_goes_on_from_a_file(tmp_path):
    keras.utils.set_random_seed(0)
    model = whitened_cnn((12, 12, 3), 3, widths=(8, 8))
    model.compile(muon_with_sgd(model, 0.1), "sparse_categorical_crossentropy", jit_compile=False)
    images, labels = np.random.default_rng(0).integers(0, 256, (16, 12, 12, 3)), np.arange(16) % 3
    model.get_layer("whitening").adapt(images)
    losses = [float(model.train_on_batch(images, labels)) for _ in range(6)]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert [part.name for part in again.optimizer.optimizers] == ["head", "shifts", "muon"]
    assert again.train_on_batch(images, labels) == pytest.approx(model.train_on_batch(images, labels), rel=1e-3)


@pytest.mark.parametrize("rate", [0, -0.1, float("nan")])
def test_a_rate_that_trains_nothing(rate):
    with pytest.raises(ValueError) as raised:
        muon_with_sgd(whitened_cnn((12, 12, 3), 3, widths=(8,)), rate)
    assert str(raised.value) == f"Received learning_rate={rate}; expected a number above 0, or a schedule."


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: keras.Sequential([keras.layers.Conv2D(4, 3)], name="net"),
            "^Received the model 'net', which is not built; expected one with weights. Build it.$",
        ),
        (lambda: mlp((4,), 3), "^Received the model 'mlp' without a convolution to train; Muon is for convolution"),
        (
            lambda: whitened_cnn((12, 12, 3), 3, widths=(8,)),
            "^Received head_factor=0; expected a multiple of the kernels' rate above 0. 5.5 is usual.$",
        ),
    ],
)
def test_refuses(make, message):
    with pytest.raises(ValueError, match=message):
        muon_with_sgd(make(), 0.1, head_factor=0 if "head" in message else 1)


JAX_PROGRAM = """
    import random
    import sys

    import jax
    import keras
    import numpy as np

    from atolye.models import whitened_cnn
    from atolye.train.optimizers import muon_with_sgd
    from atolye.train.schedules import make_schedule

    # Three colours in noise, an epoch of sixteen batches.
    random.seed(0)  # of the kernels
    numbers = np.random.default_rng(0)
    labels = numbers.integers(0, 3, (16, 30))
    noise = numbers.integers(0, 100, (16, 30, 8, 8, 3))
    images = (noise + 100 * np.eye(3, dtype="int64")[labels][:, :, None, None]).astype("uint8")
    model = whitened_cnn((8, 8, 3), 3, widths=(8, 8))
    model.get_layer("whitening").adapt(images[0])
    optimizer = muon_with_sgd(model, make_schedule("linear", 0.5, 16))
    optimizer.build(model.trainable_variables)
    parts = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)

    def loss_of(trained, other, pixels, classes):
        answers, other = model.stateless_call(trained, other, pixels, training=True)
        return keras.losses.sparse_categorical_crossentropy(classes, answers).mean(), other

    @jax.jit
    def step(state, pixels, classes):
        trained, other, momenta = state
        (loss, other), gradients = jax.value_and_grad(loss_of, has_aux=True)(trained, other, pixels, classes)
        trained, momenta = optimizer.stateless_apply(momenta, gradients, trained)
        return (trained, other, momenta), loss, gradients

    before = state = tuple([variable.value for variable in part] for part in parts)
    losses = []
    for pixels, classes in zip(images, labels):
        state, loss, _ = step(state, pixels, classes)
        losses.append(float(loss))
    assert np.mean(losses[-4:]) < 0.7 * np.mean(losses[:4]), losses
    assert all(variable.value is value for part, held in zip(parts, before) for variable, value in zip(part, held))

    # Every part of the optimizer counts its updates, and trains its weights.
    counts = [int(value) for value, variable in zip(state[2], parts[2]) if variable.path.endswith("iteration")]
    assert counts == [16] * 4, counts
    assert all((np.asarray(old) != np.asarray(new)).any() for old, new in zip(before[0], state[0]))

    # `apply` does the same to the variables themselves.
    (trained, _, _), _, gradients = step(before, images[0], labels[0])
    optimizer.apply(gradients, model.trainable_variables)
    for variable, value in zip(model.trainable_variables, trained):
        np.testing.assert_allclose(np.asarray(variable.value), np.asarray(value), rtol=1e-4, atol=1e-5)
    assert not any(name.partition(".")[0] == "tensorflow" for name in sys.modules)
    print("all well")
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")
def test_trains_without_state_on_jax():
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    program = [sys.executable, "-c", textwrap.dedent(JAX_PROGRAM)]
    result = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith("all well\n")
