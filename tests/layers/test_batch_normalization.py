"""Our BatchNormalization gives what Keras's gives: outputs, gradients, moving statistics, config and files."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from atolye.layers import BatchNormalization, fused_batch_norm_tensorflow

DTYPES = {"float32": 2e-5, "mixed_bfloat16": 3e-2, "bfloat16": 3e-2}


def pair(shape, *, seed=0, **arguments):
    """Return our layer and Keras's with the same, non-trivial weights."""
    layers = BatchNormalization(**arguments), keras.layers.BatchNormalization(**arguments)
    random = np.random.default_rng(seed)
    for layer in layers:
        layer.build(shape)
    weights = [random.uniform(0.5, 1.5, weight.shape) for weight in layers[0].weights]
    for layer in layers:
        layer.set_weights(weights)
    return layers


def measure(layer, inputs, *, training):
    """Return outputs, gradients by name and the weights afterwards, all float32."""
    inputs = tf.cast(inputs, layer.compute_dtype)
    pull = tf.constant(np.random.default_rng(1).normal(size=inputs.shape), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, training=training)
        loss = tf.reduce_mean(tf.cast(outputs, tf.float32) * pull)
    sources = [inputs, *(variable.value for variable in layer.trainable_variables)]
    values = [outputs, *tape.gradient(loss, sources), *(weight.value for weight in layer.weights)]
    return outputs.dtype, [np.asarray(tf.cast(value, tf.float32)) for value in values]


@pytest.fixture
def spy(monkeypatch):
    """Count how often the fused kernel is asked for."""
    calls = []
    real = fused_batch_norm_tensorflow._kernel

    def counted(*args, **kwargs):
        calls.append(kwargs["training"])
        return real(*args, **kwargs)

    for dtype in ("float32", "bfloat16"):
        assert fused_batch_norm_tensorflow.is_trustworthy(dtype)
    monkeypatch.setattr(fused_batch_norm_tensorflow, "_kernel", counted)
    return calls


@pytest.mark.parametrize("channels", [16, 5])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("center", "scale"), list(itertools.product([True, False], repeat=2)))
@pytest.mark.parametrize("training", [True, False])
def test_equals_keras(spy, training, center, scale, dtype, channels):
    inputs = np.random.default_rng(2).normal(3.0, 2.0, (6, 4, 5, channels))
    ours, theirs = pair((None, 4, 5, channels), center=center, scale=scale, dtype=dtype, momentum=0.7)
    (our_dtype, our_values), (their_dtype, their_values) = (
        measure(layer, inputs, training=training) for layer in (ours, theirs)
    )
    assert spy == [training]
    assert our_dtype == their_dtype
    for mine, expected in zip(our_values, their_values, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=DTYPES[dtype], atol=DTYPES[dtype])


def test_moving_variance_is_the_population_variance_by_hand():
    inputs = np.zeros((2, 1, 1, 1), np.float32)
    inputs[1] = 2.0  # mean 1, population variance 1, sample variance 2
    layer = BatchNormalization(momentum=0.9)
    outputs = layer(inputs, training=True)
    np.testing.assert_allclose(np.ravel(outputs), [-0.9995004, 0.9995004], rtol=1e-5)  # 1 / sqrt(1 + 0.001)
    np.testing.assert_allclose(layer.moving_mean, [0.1], rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, [1.0], rtol=1e-6)  # 0.9 * 1 + 0.1 * 1; Bessel gives 1.1


def test_batch_of_one_value_a_channel():
    ours, theirs = pair((None, 1, 1, 3))
    inputs = np.array([1.0, 2.0, 3.0], np.float32).reshape(1, 1, 1, 3)
    for mine, expected in zip(
        measure(ours, inputs, training=True)[1], measure(theirs, inputs, training=True)[1], strict=True
    ):
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-5)


def test_frozen_layer_is_in_inference_mode_and_keeps_its_statistics():
    layer, _ = pair((None, 3, 3, 16))
    layer.trainable = False
    before = [weight.numpy() for weight in layer.weights]
    inputs = np.random.default_rng(0).normal(size=(4, 3, 3, 16)).astype("float32")
    np.testing.assert_array_equal(layer(inputs, training=True), layer(inputs, training=False))
    for weight, old in zip(layer.weights, before, strict=True):
        np.testing.assert_array_equal(weight, old)


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ({"axis": 1}, (4, 3, 5, 6)),
        ({"renorm": True}, (4, 3, 5, 6)),
        ({"epsilon": 1e-6}, (4, 3, 5, 6)),
        ({}, (4, 6)),
        ({}, (4, 5, 6)),
        ({"dtype": "mixed_float16"}, (4, 3, 5, 6)),
    ],
)
def test_elsewhere_keras_own_path_is_taken(spy, arguments, shape):
    ours, theirs = pair((None, *shape[1:]), **arguments)
    inputs = np.random.default_rng(0).normal(size=shape)
    for mine, expected in zip(
        measure(ours, inputs, training=True)[1], measure(theirs, inputs, training=True)[1], strict=True
    ):
        np.testing.assert_array_equal(mine, expected)
    assert spy == []


def test_mask_counts(spy):
    ours, theirs = pair((None, 2, 2, 4))
    inputs = np.random.default_rng(0).normal(size=(3, 2, 2, 4)).astype("float32")
    mask = np.random.default_rng(1).random((3, 2, 2)) < 0.5
    np.testing.assert_array_equal(*(layer(inputs, training=True, mask=mask) for layer in (ours, theirs)))
    np.testing.assert_array_equal(ours.moving_variance, theirs.moving_variance)
    assert spy == []


def test_config_is_that_of_keras_and_round_trips():
    arguments = {"momentum": 0.9, "epsilon": 0.01, "center": False, "gamma_initializer": "zeros", "name": "norm"}
    ours, theirs = BatchNormalization(**arguments), keras.layers.BatchNormalization(**arguments)
    assert ours.get_config() == theirs.get_config()
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(ours))
    assert type(again) is BatchNormalization
    assert again.get_config() == ours.get_config()
    assert keras.saving.get_registered_name(BatchNormalization) == "atolye>BatchNormalization"


def small_model(layer_class, *, dtype="float32"):
    keras.utils.set_random_seed(0)
    with _policy(dtype):
        return keras.Sequential(
            [
                keras.Input((6, 6, 1)),
                keras.layers.Conv2D(16, 3, use_bias=False),
                layer_class(momentum=0.9),
                keras.layers.Activation("relu"),
                keras.layers.GlobalAveragePooling2D(),
                keras.layers.Dense(2, activation="softmax", dtype="float32"),
            ]
        )


class _policy:
    """The global dtype policy inside a block."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self.name)

    def __exit__(self, *problem):
        keras.config.set_dtype_policy(self.before)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-4), ("mixed_bfloat16", 3e-2)])
def test_fit_gives_the_weights_that_keras_gives(dtype, tolerance):
    random = np.random.default_rng(0)
    images, labels = random.normal(size=(64, 6, 6, 1)).astype("float32"), random.integers(0, 2, 64)
    weights = []
    for layer_class in (BatchNormalization, keras.layers.BatchNormalization):
        model = small_model(layer_class, dtype=dtype)
        model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy")
        model.fit(images, labels, batch_size=16, epochs=2, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for mine, expected in zip(*weights, strict=True):
        np.testing.assert_allclose(mine, expected, atol=tolerance, rtol=tolerance)


def test_saved_model_loads_and_predicts_the_same(tmp_path):
    model = small_model(BatchNormalization)
    model.layers[1].moving_variance.assign(np.linspace(0.5, 2.0, 16))
    images = np.random.default_rng(0).normal(size=(4, 6, 6, 1)).astype("float32")
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.layers[1]) is BatchNormalization
    np.testing.assert_array_equal(again.predict(images, verbose=0), model.predict(images, verbose=0))


def test_second_derivative_equals_keras():
    inputs = tf.constant(np.random.default_rng(0).normal(size=(4, 3, 3, 16)), tf.float32)
    results = []
    for layer in pair((None, 3, 3, 16)):
        with tf.GradientTape() as outer:
            outer.watch(inputs)
            with tf.GradientTape() as inner:
                inner.watch(inputs)
                loss = tf.reduce_sum(layer(inputs, training=True) ** 3)
            loss = tf.reduce_sum(inner.gradient(loss, inputs) ** 2)
        results.append(outer.gradient(loss, inputs))
    np.testing.assert_allclose(*results, rtol=2e-3, atol=2e-2)


@pytest.mark.parametrize("failure", ["wrong", "raises", "nan"])
def test_a_kernel_that_is_wrong_is_left_with_a_warning(monkeypatch, failure):
    def broken(inputs, gamma, beta, mean, variance, **_):
        if failure == "raises":
            raise tf.errors.UnimplementedError(None, None, "no such kernel")
        outputs = inputs * (float("nan") if failure == "nan" else 1.0)
        return outputs, tf.zeros_like(gamma), tf.ones_like(gamma)

    monkeypatch.setattr(fused_batch_norm_tensorflow, "_kernel", broken)
    fused_batch_norm_tensorflow.is_trustworthy.cache_clear()
    try:
        with pytest.warns(RuntimeWarning, match="fused batch normalization is not used for float32"):
            assert not fused_batch_norm_tensorflow.is_trustworthy("float32")
        ours, theirs = pair((None, 3, 3, 16))
        inputs = np.random.default_rng(0).normal(size=(4, 3, 3, 16)).astype("float32")
        np.testing.assert_array_equal(*(layer(inputs, training=True) for layer in (ours, theirs)))
    finally:
        fused_batch_norm_tensorflow.is_trustworthy.cache_clear()
