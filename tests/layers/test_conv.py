"""Our Conv2D gives what Keras's gives: outputs, both gradients, config and files; filter gradients go another way."""

from contextlib import nullcontext

import keras
import numpy as np
import pytest
import tensorflow as tf

from atolye.layers import Conv2D, conv_tensorflow

POLICIES = ["mixed_bfloat16", "bfloat16"]


def pair(channels, filters=6, kernel_size=1, **arguments):
    """Return our layer and Keras's with the same random weights, without a bias unless asked."""
    arguments = {"use_bias": False} | arguments
    layers = Conv2D(filters, kernel_size, **arguments), keras.layers.Conv2D(filters, kernel_size, **arguments)
    random = np.random.default_rng(0)
    for layer in layers:
        layer.build((None, 8, 8, channels))
    weights = [random.normal(size=weight.shape) for weight in layers[0].weights]
    for layer in layers:
        layer.set_weights(weights)
    return layers


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
        pull = tf.cast(np.random.default_rng(1).normal(size=outputs.shape), outputs.dtype)
        loss = tf.reduce_sum(tf.cast(outputs * pull, tf.float32))
    values = [outputs, *tape.gradient(loss, [inputs, kernel, *bias])]
    return [np.asarray(tf.cast(value, tf.float32)) for value in values]


@pytest.fixture
def spy(monkeypatch):
    """Count how often our way is taken."""
    calls = []
    real = conv_tensorflow.convolve

    def counted(inputs, kernel):
        calls.append(tuple(inputs.shape))
        return real(inputs, kernel)

    monkeypatch.setattr(conv_tensorflow, "convolve", counted)
    return calls


def filter_gradient(inputs, pull, rows, columns):
    """Return the sum, over all pixels, of what lies under each place of the filter times the gradient there."""
    height, width = inputs.shape[1:3]
    padded = np.pad(inputs, ((0, 0), (rows // 2, rows // 2), (columns // 2, columns // 2), (0, 0)))
    places = [[padded[:, i : i + height, j : j + width] for j in range(columns)] for i in range(rows)]
    return np.array([[np.einsum("bhwi,bhwo->io", place, pull) for place in row] for row in places])


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kernel_size", [1, 3, (1, 3), 5])
@pytest.mark.parametrize("sides", [(1, 1), (3, 3), (12, 7), (6, 12), (5, 13)])  # to 12 pixels wide: side by side
def test_equals_keras_in_bfloat16(spy, sides, kernel_size, policy):
    inputs = np.random.default_rng(2).normal(size=(15, *sides, 16))  # some rows of images, one filled up with zeros
    ours, theirs = pair(16, 24, kernel_size, padding="same", dtype=policy)
    outputs, by_inputs, by_kernel = measure(ours, inputs)
    their_outputs, their_by_inputs, their_by_kernel = measure(theirs, inputs)
    np.testing.assert_array_equal(outputs, their_outputs)
    np.testing.assert_array_equal(by_inputs, their_by_inputs)
    assert len(spy) == 1
    # The oracle takes the same numbers in float32.
    pull = rounded(np.random.default_rng(1).normal(size=outputs.shape)).numpy()
    expected = filter_gradient(rounded(inputs).numpy(), pull, *ours.kernel_size)
    # Without bfloat16 instructions TensorFlow adds up in bfloat16: then it is further off, and so are we.
    off = max(2**-7 * np.abs(expected).max(), 2 * np.abs(their_by_kernel - expected).max())
    np.testing.assert_allclose(by_kernel, expected, atol=off)


@pytest.mark.parametrize(
    "arguments",
    [
        {"use_bias": True},
        {"kernel_size": 2},
        {"kernel_size": 3, "padding": "valid"},
        {"kernel_size": 3, "strides": 2},
        {"kernel_size": 3, "dilation_rate": 2},
        {"groups": 2},
        {"data_format": "channels_first"},
        {"dtype": "float32"},
        {"dtype": "mixed_float16"},
    ],
)
def test_elsewhere_keras_own_path_is_taken(spy, arguments):
    if arguments.get("data_format") == "channels_first" and not tf.config.list_physical_devices("GPU"):
        arguments = arguments | {"dtype": "float32"}  # a CPU has no other for channels first
    ours, theirs = pair(8, **{"dtype": "mixed_bfloat16", "padding": "same"} | arguments)
    inputs = np.random.default_rng(0).normal(size=(2, 8, 8, 8))
    for mine, expected in zip(measure(ours, inputs), measure(theirs, inputs), strict=True):
        np.testing.assert_array_equal(mine, expected)
    assert spy == []


@pytest.mark.parametrize(("kernel_size", "width"), [(1, 7), (3, 7), (3, 20)])
def test_images_of_unknown_size(spy, kernel_size, width):
    def gradient_in_a_graph(layer):
        @tf.function(input_signature=[tf.TensorSpec((None, None, None, 4))], autograph=False)
        def gradient(inputs):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(tf.cast(layer(inputs), "float32"))  # the gradient counts pixels, without rounding
            return tape.gradient(loss, layer.kernel.value)

        return np.asarray(gradient(tf.ones((2, 6, width, 4))))

    ours, theirs = map(
        gradient_in_a_graph, pair(4, 6, kernel_size, padding="same", dtype="mixed_bfloat16", activation="relu")
    )
    np.testing.assert_array_equal(ours, theirs)
    assert 0 < ours.max() <= 2 * 6 * width
    assert spy == [(None, None, None, 4)]


def test_on_a_gpu_keras_own_path_is_taken(spy, monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    ours, _ = pair(4, dtype="mixed_bfloat16")
    ours(np.ones((2, 6, 6, 4)))
    assert spy == []


def test_config_is_that_of_keras_and_round_trips():
    arguments = {"filters": 5, "kernel_size": 1, "padding": "same", "activation": "relu", "name": "narrowed"}
    ours, theirs = Conv2D(**arguments), keras.layers.Conv2D(**arguments)
    assert ours.get_config() == theirs.get_config()
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(ours))
    assert type(again) is Conv2D
    assert again.get_config() == ours.get_config()
    assert keras.saving.get_registered_name(Conv2D) == "atolye>Conv2D"


def test_saved_model_loads_and_predicts_the_same_and_lends_its_weights_to_keras(tmp_path):
    ours, theirs = (
        keras.Sequential([keras.Input((6, 6, 3)), kind(5, 1, use_bias=False)]) for kind in (Conv2D, keras.layers.Conv2D)
    )
    images = np.random.default_rng(0).normal(size=(4, 6, 6, 3)).astype("float32")
    expected = np.asarray(ours(images))
    ours.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.layers[0]) is Conv2D
    np.testing.assert_array_equal(again(images), expected)
    ours.save_weights(tmp_path / "model.weights.h5")
    theirs.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(theirs(images), expected)


@pytest.mark.parametrize("kernel_size", [1, 3])
def test_fit_gives_the_weights_that_keras_gives(spy, kernel_size):
    random = np.random.default_rng(0)
    images, labels = random.normal(size=(64, 6, 6, 8)).astype("float32"), random.normal(size=64)
    weights = []
    for kind in (Conv2D, keras.layers.Conv2D):
        keras.utils.set_random_seed(0)
        head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1, dtype="float32")]
        wide = kind(
            16, kernel_size, padding="same", use_bias=False, dtype="mixed_bfloat16"
        )  # linear: no sign that a rounding could turn
        model = keras.Sequential([keras.Input((6, 6, 8)), wide, *head])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.fit(images, labels, batch_size=16, epochs=2, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    assert spy
    for mine, expected in zip(*weights, strict=True):
        np.testing.assert_allclose(mine, expected, atol=2**-7 * np.abs(expected).max())


def test_other_backends_take_keras_own_path(monkeypatch):
    layer, images = pair(4, dtype="mixed_bfloat16")[0], tf.ones((1, 6, 6, 4), "bfloat16")
    assert layer._is_slow_in_tensorflow(images)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert not layer._is_slow_in_tensorflow(images)


@pytest.mark.parametrize(
    ("kernel_size", "width", "layouts"), [(3, 12, 2), (3, 13, 0), ((3, 1), 5, 2), (1, 5, 0)], ids=str
)
def test_narrow_images_alone_are_laid_side_by_side(monkeypatch, kernel_size, width, layouts):
    calls = []
    real = conv_tensorflow.side_by_side
    monkeypatch.setattr(conv_tensorflow, "side_by_side", lambda *given: calls.append(given) or real(*given))
    ours, _ = pair(4, 6, kernel_size, padding="same", dtype="mixed_bfloat16")
    measure(ours, np.ones((2, 4, width, 4)))
    assert len(calls) == layouts  # inputs and gradients


@pytest.mark.parametrize(("width", "raises"), [(12, True), (13, False)])
def test_narrow_images_of_unknown_size_are_laid_side_by_side(monkeypatch, width, raises):
    def mark(images, between):
        with tf.control_dependencies([tf.debugging.assert_equal(tf.size(images), -1, message="laid")]):
            return tf.identity(images)

    monkeypatch.setattr(conv_tensorflow, "side_by_side", mark)
    images = tf.TensorSpec((None, None, None, 4), "bfloat16")

    @tf.function(input_signature=[images, images], autograph=False)
    def gradient(inputs, pull):
        return conv_tensorflow.by_filters(inputs, pull, (3, 3, 4, 4))

    ones = tf.ones((2, 4, width, 4), "bfloat16")
    with pytest.raises(tf.errors.InvalidArgumentError, match="laid") if raises else nullcontext():
        gradient(ones, ones)


def test_few_images_make_a_short_row():
    assert conv_tensorflow.side_by_side(tf.ones((2, 3, 5, 1)), 1).shape == (1, 3, 12, 1)  # not 16 images of zeros


def test_images_lie_side_by_side_with_zeros_between(monkeypatch):
    monkeypatch.setattr(conv_tensorflow, "_ROW", 8)  # two images of 3 pixels and one of zeros each
    images = tf.reshape(tf.range(1.0, 19.0), (3, 2, 3, 1))
    rows = conv_tensorflow.side_by_side(images, 1)
    assert rows[..., 0].numpy().tolist() == [
        [[1, 2, 3, 0, 7, 8, 9, 0], [4, 5, 6, 0, 10, 11, 12, 0]],
        [[13, 14, 15, 0, 0, 0, 0, 0], [16, 17, 18, 0, 0, 0, 0, 0]],  # the third has no neighbour
    ]
