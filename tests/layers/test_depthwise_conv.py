"""Our DepthwiseConv2D gives what Keras's gives: outputs, both gradients, config and files; its gradient is another."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from atolye.layers import DepthwiseConv2D, depthwise_conv_tensorflow

CASES = [
    (kernel, stride, padding, sides)
    for kernel, stride, padding, sides in itertools.product(
        [1, 3, 5, (3, 5), 7], [1, 2], ["same", "valid"], [(3, 3), (6, 6), (12, 11)]
    )
    if padding == "same" or max(np.ravel(kernel)) <= min(sides)
]


def pair(channels, kernel_size, *, side=6, **arguments):
    """Return our layer and Keras's with the same random weights."""
    layers = DepthwiseConv2D(kernel_size, **arguments), keras.layers.DepthwiseConv2D(kernel_size, **arguments)
    for layer in layers:
        layer.build((None, side, side, channels))
    random = np.random.default_rng(0)
    weights = [random.normal(size=weight.shape) for weight in layers[0].weights]
    for layer in layers:
        layer.set_weights(weights)
    return layers


def pull_at(shape):
    """Return the gradient that comes from above."""
    return np.random.default_rng(1).normal(size=shape)


def rounded(values):
    """Return float32 numbers that bfloat16 can hold."""
    return tf.cast(tf.cast(values, "bfloat16"), "float32")


def measure(layer, inputs):
    """Return outputs and the gradients by inputs, kernel and bias, in float32."""
    inputs = tf.cast(inputs, layer.compute_dtype)
    kernel, *bias = (variable.value for variable in layer.trainable_variables)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs)
        pull = tf.cast(pull_at(outputs.shape), outputs.dtype)
        loss = tf.reduce_sum(tf.cast(outputs * pull, tf.float32))
    values = [outputs, *tape.gradient(loss, [inputs, kernel, *bias])]
    return [np.asarray(tf.cast(value, tf.float32)) for value in values]


@pytest.fixture
def spy(monkeypatch):
    """Count how often the filters' gradient is asked of our code."""
    calls = []
    real = depthwise_conv_tensorflow.filter_gradient

    def counted(inputs, pull, **options):
        calls.append(options["kernel_size"])
        return real(inputs, pull, **options)

    monkeypatch.setattr(depthwise_conv_tensorflow, "filter_gradient", counted)
    return calls


@pytest.mark.parametrize(("kernel", "stride", "padding", "sides"), CASES)
def test_equals_keras_in_float32(spy, kernel, stride, padding, sides):
    inputs = np.random.default_rng(2).normal(size=(3, *sides, 5))
    ours, theirs = pair(5, kernel, side=11, strides=stride, padding=padding)
    for mine, expected in zip(measure(ours, inputs), measure(theirs, inputs), strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    assert len(spy) == int(np.max(kernel) > 3)  # TensorFlow is fast for small filters


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16"])
@pytest.mark.parametrize(("kernel", "stride", "sides"), [(3, 1, 6), (3, 2, 12), (5, 1, 3), (5, 2, 6), (5, 1, 20)])
def test_equals_keras_in_bfloat16(spy, kernel, stride, sides, policy):
    inputs = np.random.default_rng(2).normal(size=(8, sides, sides, 16))
    ours, theirs = pair(16, kernel, strides=stride, padding="same", dtype=policy)
    outputs, by_inputs, by_kernel, by_bias = measure(ours, inputs)
    their_outputs, *their_gradients, their_by_bias = measure(theirs, inputs)
    np.testing.assert_array_equal(outputs, their_outputs)
    np.testing.assert_array_equal(by_bias, their_by_bias)
    assert len(spy) == int(kernel > 3 or stride > 1)
    # Keras's gradients are themselves rounded many times; those of the same numbers in float32 are the oracle.
    x, weights, pull = (rounded(value) for value in (inputs, ours.kernel.value, pull_at(outputs.shape)))
    with tf.GradientTape() as tape:
        tape.watch([x, weights])
        y = tf.nn.depthwise_conv2d(x, weights, [1, stride, stride, 1], "SAME")
    oracle = [value.numpy() for value in tape.gradient(y, [x, weights], output_gradients=pull)]
    for mine, their, expected in zip((by_inputs, by_kernel), their_gradients, oracle, strict=True):
        # Without bfloat16 instructions TensorFlow adds up in bfloat16 where we leave the work to it.
        off = max(2**-7 * np.abs(expected).max(), 2 * np.abs(their - expected).max())
        np.testing.assert_allclose(mine, expected, atol=off)


@pytest.mark.parametrize("sides", [(3, 3), (6, 6), (12, 12)])  # by pairs of places, and by TensorFlow
def test_filter_gradient_by_hand(sides):
    inputs, pull = np.random.default_rng(3).normal(size=(2, 2, *sides, 2)).astype("float32")
    kernel = DepthwiseConv2D(5, padding="same", use_bias=False)
    kernel.build((None, *sides, 2))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(kernel(inputs) * pull)
    padded = np.pad(inputs, ((0, 0), (2, 2), (2, 2), (0, 0)))
    expected = [
        [np.sum(padded[:, i : i + sides[0], j : j + sides[1]] * pull, axis=(0, 1, 2)) for j in range(5)]
        for i in range(5)
    ]
    found = tape.gradient(loss, kernel.kernel.value)
    np.testing.assert_allclose(found[..., 0], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "arguments",
    [
        {"dilation_rate": 2},
        {"depth_multiplier": 2},
        {"data_format": "channels_first"},
        {"dtype": "mixed_float16"},
    ],
)
def test_elsewhere_keras_own_path_is_taken(spy, arguments):
    ours, theirs = pair(6, 5, padding="same", **arguments)
    inputs = np.random.default_rng(0).normal(size=(2, 6, 6, 6))
    for mine, expected in zip(measure(ours, inputs), measure(theirs, inputs), strict=True):
        np.testing.assert_array_equal(mine, expected)
    assert spy == []


def test_images_of_unknown_size_take_keras_own_path(spy):
    def gradient_in_a_graph(layer):
        @tf.function(input_signature=[tf.TensorSpec((None, None, None, 4))], autograph=False)
        def gradient(inputs):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(layer(inputs) ** 2)
            return tape.gradient(loss, layer.kernel.value)

        return gradient(tf.ones((2, 6, 7, 4)))

    np.testing.assert_array_equal(*map(gradient_in_a_graph, pair(4, 5, padding="same", activation="relu")))
    assert spy == []


def test_an_empty_batch_has_no_gradient():
    layer, _ = pair(4, 5, padding="same")
    outputs, _, by_kernel, _ = measure(layer, np.zeros((0, 6, 6, 4)))
    assert outputs.shape == (0, 6, 6, 4)
    np.testing.assert_array_equal(by_kernel, np.zeros((5, 5, 4, 1)))


@pytest.mark.parametrize("sides", [3, 12])
def test_second_derivative_and_jacobian_equal_keras(sides):
    inputs = tf.constant(np.random.default_rng(0).normal(size=(2, sides, sides, 2)), tf.float32)
    results = []
    for layer in pair(2, 5, strides=2, padding="same", activation="tanh"):
        kernel = layer.kernel.value
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(inputs)
            with tf.GradientTape() as inner:
                inner.watch(inputs)
                loss = tf.reduce_sum(layer(inputs) ** 3)
            by_inputs, by_kernel = inner.gradient(loss, [inputs, kernel])
            again = tf.reduce_sum(by_inputs**2) + tf.reduce_sum(by_kernel**2)
            means = tf.reduce_mean(layer(inputs), axis=(0, 1, 2))
        results.append([*outer.gradient(again, [inputs, kernel]), outer.jacobian(means, kernel)])
    for mine, expected in zip(*results, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_config_is_that_of_keras_and_round_trips():
    arguments = {"kernel_size": 5, "strides": 2, "padding": "same", "activation": "relu", "name": "filtered"}
    ours, theirs = DepthwiseConv2D(**arguments), keras.layers.DepthwiseConv2D(**arguments)
    assert ours.get_config() == theirs.get_config()
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(ours))
    assert type(again) is DepthwiseConv2D
    assert again.get_config() == ours.get_config()
    assert keras.saving.get_registered_name(DepthwiseConv2D) == "atolye>DepthwiseConv2D"


def test_saved_model_loads_and_predicts_the_same_and_lends_its_weights_to_keras(tmp_path):
    ours, theirs = (
        keras.Sequential([keras.Input((6, 6, 3)), kind(5, strides=2)])
        for kind in (DepthwiseConv2D, keras.layers.DepthwiseConv2D)
    )
    images = np.random.default_rng(0).normal(size=(4, 6, 6, 3)).astype("float32")
    expected = np.asarray(ours(images))
    ours.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.layers[0]) is DepthwiseConv2D
    np.testing.assert_array_equal(again(images), expected)
    ours.save_weights(tmp_path / "model.weights.h5")
    theirs.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(theirs(images), expected)


def test_a_layer_of_keras_becomes_ours_by_its_class(spy):
    layer, expected = pair(4, 5)
    inputs = np.random.default_rng(0).normal(size=(2, 6, 6, 4))
    layer.__class__ = keras.layers.DepthwiseConv2D
    measure(layer, inputs)
    assert spy == []
    layer.__class__ = DepthwiseConv2D
    for mine, value in zip(measure(layer, inputs), measure(expected, inputs), strict=True):
        np.testing.assert_allclose(mine, value, rtol=1e-5, atol=1e-4)
    assert len(spy) == 1


def test_fit_gives_the_weights_that_keras_gives():
    random = np.random.default_rng(0)
    images, labels = random.normal(size=(32, 6, 6, 8)).astype("float32"), random.normal(size=32)
    weights = []
    for kind in (DepthwiseConv2D, keras.layers.DepthwiseConv2D):
        keras.utils.set_random_seed(0)
        head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)]
        model = keras.Sequential([keras.Input((6, 6, 8)), kind(5, padding="same", activation="relu"), *head])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.fit(images, labels, batch_size=16, epochs=2, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for mine, expected in zip(*weights, strict=True):
        np.testing.assert_allclose(mine, expected, atol=1e-5, rtol=1e-4)
