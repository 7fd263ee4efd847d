import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from atolye.train.optimizers import Muon

A, B, C = 3.4445, -4.7750, 2.0315


def exact(matrix, steps):
    """Return what the iteration does to a matrix, worked out on its singular values."""
    u, s, v = np.linalg.svd(matrix.astype("float64"), full_matrices=False)
    s = s / np.linalg.norm(s)
    for _ in range(steps):
        s = A * s + B * s**3 + C * s**5
    return u * s @ v, s


@pytest.mark.parametrize("shape", [(18, 5), (5, 18), (6, 6)])
@pytest.mark.parametrize("steps", [3, 5])
def test_orthogonalisation_against_the_svd(shape, steps):
    matrix = np.random.default_rng(0).normal(size=shape).astype("float32")
    expected, values = exact(matrix, steps)
    ours = ops.convert_to_numpy(Muon(ns_steps=steps).orthogonalize(ops.convert_to_tensor(matrix)))
    np.testing.assert_allclose(ours, expected, atol=2e-5)
    if shape != (6, 6):  # a square matrix may have a singular value near 0, which takes longer
        assert (0.4 < values).all() and (values < 1.3).all()


def test_in_bfloat16_it_is_as_good_within_its_digits():
    matrix = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
    ours = Muon(ns_dtype="bfloat16").orthogonalize(ops.convert_to_tensor(matrix))
    assert keras.backend.standardize_dtype(ours.dtype) == "float32"
    np.testing.assert_allclose(ops.convert_to_numpy(ours), exact(matrix, 5)[0], atol=0.06)


def test_no_gradient_no_step():
    assert not ops.convert_to_numpy(Muon().orthogonalize(ops.zeros((4, 3)))).any()


def kernels(seed=1):
    random = np.random.default_rng(seed)
    return [random.normal(size=(3, 3, 2, 5)).astype("float32") for _ in range(3)]


def test_two_updates_of_a_convolution_kernel_by_hand():
    start, first, second = kernels()
    variable = keras.Variable(start)
    optimizer = Muon(0.24, momentum=0.6, ns_steps=3, rms_rate=None, weight_decay=None, renormalize=True)
    weights, momentum = start.astype("float64"), 0
    for gradient in (first, second):
        optimizer.apply([ops.convert_to_tensor(gradient)], [variable])
        momentum = 0.6 * momentum + gradient
        weights = weights * np.sqrt(5) / np.linalg.norm(weights)
        update, _ = exact((gradient + 0.6 * momentum).reshape(18, 5), 3)
        weights = weights - 0.24 * update.reshape(3, 3, 2, 5)
        np.testing.assert_allclose(ops.convert_to_numpy(variable), weights, atol=1e-5)


def test_steps_as_large_as_those_of_adamw_with_weight_decay():
    start, gradient, _ = kernels()
    variable = keras.Variable(start)
    Muon(0.01, weight_decay=0.1, nesterov=False).apply([ops.convert_to_tensor(gradient)], [variable])
    update = exact(gradient.reshape(18, 5), 5)[0].reshape(3, 3, 2, 5)
    expected = start * (1 - 0.01 * 0.1) - 0.01 * 0.2 * np.sqrt(18) * update
    np.testing.assert_allclose(ops.convert_to_numpy(variable), expected, atol=1e-6)


def test_which_weights_go_by_which_rule():
    layers = [
        keras.layers.Conv2D(4, 3, name="conv"),
        keras.layers.DepthwiseConv2D(3, name="depthwise"),
        keras.layers.Conv2D(4, 1, name="last"),
        keras.layers.Flatten(),
        keras.layers.Dense(3, name="hidden"),
        keras.layers.Dense(2, name="head"),
    ]
    model = keras.Sequential([keras.Input((6, 6, 2)), *layers])
    optimizer = Muon(exclude_layers=["last", "head"])
    by_muon = [weight.path for weight in model.trainable_weights if not optimizer._should_use_adamw(weight)]
    assert [path.split("/", 1)[1] for path in by_muon] == ["conv/kernel", "hidden/kernel"]


def test_matrices_go_by_kerass_own_rule():
    random = np.random.default_rng(0)
    start, gradient = (random.normal(size=(6, 4)).astype("float32") for _ in range(2))
    results = []
    for kind in (Muon, keras.optimizers.Muon):
        variable = keras.Variable(start)
        optimizer = kind(0.1)
        for _ in range(2):
            optimizer.apply([ops.convert_to_tensor(gradient)], [variable])
        results.append(ops.convert_to_numpy(variable))
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)


def test_config_round_trip():
    optimizer = Muon(0.24, momentum=0.6, ns_steps=3, rms_rate=None, renormalize=True, ns_dtype="bfloat16")
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(again) is Muon and again.get_config() == optimizer.get_config()
    assert again.renormalize and again.ns_dtype == "bfloat16" and again.rms_rate is None


def test_refuses():
    with pytest.raises(ValueError, match="^Received ns_dtype='float16'; expected 'float32' or 'bfloat16'"):
        Muon(ns_dtype="float16")
    for steps in (0, 2.5, float("nan")):
        with pytest.raises(ValueError, match=f"^Received ns_steps={steps}; expected a whole number from 1 on. 3 to 5"):
            Muon(ns_steps=steps)


ON_JAX = """
import keras, numpy as np
from atolye.layers import Dirac, Whitening
from atolye.train.callbacks import BestWeights, LearningRateLogger, Lookahead
from atolye.train.optimizers import Muon, grouped_optimizer
from atolye.train.schedules import make_schedule

keras.utils.set_random_seed(0)
images = np.random.default_rng(0).integers(0, 256, (16, 6, 6, 3), dtype="uint8")
targets = (images.mean(axis=(1, 2, 3), keepdims=False) > 127).astype("float32")
model = keras.Sequential([
    keras.Input((6, 6, 3), dtype="uint8"),
    Whitening(2, name="stem"),
    keras.layers.Conv2D(26, 3, use_bias=False, kernel_initializer=Dirac(seed=0), name="conv"),
    keras.layers.BatchNormalization(momentum=0.6),
    keras.layers.GlobalMaxPooling2D(),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.get_layer("stem").adapt(images)
sgd = keras.optimizers.SGD(make_schedule("triangular", 0.1, 8), momentum=0.85, nesterov=True, name="sgd")
muon = Muon(0.24, momentum=0.6, ns_steps=3, rms_rate=None, weight_decay=None, renormalize=True)
model.compile(grouped_optimizer(model, sgd, {".*/beta": 64, ".*/conv/kernel": muon}), "binary_crossentropy")
before = model.get_layer("stem").get_weights()[1]
ahead = Lookahead(8, every=3)
keep = BestWeights("loss", restore_best_weights=False)
history = model.fit(images, targets, batch_size=4, epochs=2, verbose=0, callbacks=[ahead, LearningRateLogger(), keep])
assert ahead.get_state()["updates"] == 8
assert np.isfinite(history.history["loss"]).all()
np.testing.assert_array_equal(model.get_layer("stem").get_weights()[1], before)
# After the last update the model holds the slow weights.
for slow, weight in zip(ahead.get_state()["arrays"].values(), model.get_weights(), strict=True):
    np.testing.assert_array_equal(slow, weight)
assert history.history["learning_rate_sgd_x64"][1] > history.history["learning_rate_sgd"][1]

matrix = np.random.default_rng(0).normal(size=(18, 5)).astype("float32")
u, s, v = np.linalg.svd(matrix, full_matrices=False)
s = s / np.linalg.norm(s)
for _ in range(5):
    s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
np.testing.assert_allclose(np.array(Muon().orthogonalize(matrix)), u * s @ v, atol=2e-5)
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")
def test_all_of_it_trains_on_jax():
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run([sys.executable, "-c", ON_JAX], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
