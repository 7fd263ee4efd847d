"""The contract of every block: shapes, parameters, config, file, precision, and what is inside."""

import keras
import numpy as np
import pytest

from atolye import layers

SHAPE = (8, 8, 16)
# A block, its output shape, its parameters by the formula of its docstring (C = 16 channels), and how many train.
BLOCKS = {
    "conv": (lambda **k: layers.ConvBlock(32, **k), (8, 8, 32), 9 * 16 * 32 + 4 * 32, 9 * 16 * 32 + 2 * 32),
    "conv_first_norm": (
        lambda **k: layers.ConvBlock(32, (3, 1), strides=(2, 1), order="norm-act-conv", **k),
        (4, 8, 32),
        3 * 16 * 32 + 4 * 16,
        3 * 16 * 32 + 2 * 16,
    ),
    "conv_dilated_group_norm": (
        lambda **k: layers.ConvBlock(32, dilation_rate=2, padding="valid", norm="group", **k),
        (4, 4, 32),
        9 * 16 * 32 + 2 * 32,
        9 * 16 * 32 + 2 * 32,
    ),
    "conv_grouped": (lambda **k: layers.ConvBlock(8, groups=4, norm="none", **k), (8, 8, 8), 9 * 4 * 8 + 8, 296),
    "separable": (
        lambda **k: layers.DepthwiseSeparableConv(32, strides=2, **k),
        (4, 4, 32),
        9 * 16 + 16 * 32 + 4 * (16 + 32),
        9 * 16 + 16 * 32 + 2 * (16 + 32),
    ),
    "squeeze_excite": (lambda **k: layers.SqueezeExcite(3, **k), SHAPE, 2 * 16 * 5 + 5 + 16, 181),  # 5 = floor(16 / 3)
    "zero_pad": (lambda **k: layers.ZeroPadShortcut(32, strides=2, **k), (4, 4, 32), 0, 0),
    "basic": (
        lambda **k: layers.BasicBlock(16, **k),
        SHAPE,
        9 * 16 * 16 + 9 * 16**2 + 8 * 16,
        9 * 16 * 16 + 9 * 16**2 + 4 * 16,
    ),
    "basic_projection": (
        lambda **k: layers.BasicBlock(32, strides=2, **k),
        (4, 4, 32),
        9 * 16 * 32 + 9 * 32**2 + 8 * 32 + 16 * 32 + 4 * 32,
        9 * 16 * 32 + 9 * 32**2 + 4 * 32 + 16 * 32 + 2 * 32,
    ),
    "basic_zero_pad_squeeze_excite": (
        lambda **k: layers.BasicBlock(32, strides=2, shortcut="zero_pad", squeeze_excite=16, **k),
        (4, 4, 32),
        9 * 16 * 32 + 9 * 32**2 + 8 * 32 + (2 * 32 * 2 + 2 + 32),
        9 * 16 * 32 + 9 * 32**2 + 4 * 32 + (2 * 32 * 2 + 2 + 32),
    ),
    "bottleneck": (
        lambda **k: layers.BottleneckBlock(8, strides=2, **k),
        (4, 4, 32),
        16 * 8 + 13 * 8**2 + 24 * 8 + 4 * 16 * 8 + 16 * 8,
        16 * 8 + 13 * 8**2 + 12 * 8 + 4 * 16 * 8 + 8 * 8,
    ),
    "pre_act": (
        lambda **k: layers.PreActBlock(32, strides=2, **k),
        (4, 4, 32),
        9 * 16 * 32 + 9 * 32**2 + 4 * 16 + 4 * 32 + 16 * 32,
        9 * 16 * 32 + 9 * 32**2 + 2 * 16 + 2 * 32 + 16 * 32,
    ),
    "pre_act_bottleneck": (
        lambda **k: layers.PreActBlock(8, bottleneck=True, activate_shortcut=True, **k),
        (8, 8, 32),
        16 * 8 + 13 * 8**2 + 4 * 16 + 8 * 8 + 4 * 16 * 8,
        16 * 8 + 13 * 8**2 + 2 * 16 + 4 * 8 + 4 * 16 * 8,
    ),
}
IMAGES = np.random.default_rng(0).normal(size=(2, *SHAPE)).astype("float32")
every_block = pytest.mark.parametrize("name", BLOCKS)


@every_block
def test_shapes_parameters_config_and_file(name, tmp_path):
    make, shape, parameters, trained = BLOCKS[name]
    block = make(name="block")
    model = keras.Sequential([keras.Input(SHAPE), block])
    outputs = model(IMAGES, training=True)
    assert outputs.shape == (2, *shape) == block.compute_output_shape(IMAGES.shape)
    assert block.compute_output_shape((None, None, None, 16)) == (None, None, None, shape[-1])
    counted = sum(int(keras.ops.size(weight)) for weight in block.trainable_weights)
    assert (block.count_params(), counted) == (parameters, trained)

    again = type(block).from_config(block.get_config())
    assert again.get_config() == block.get_config()
    assert keras.saving.get_registered_name(type(block)) == f"atolye>{type(block).__name__}"

    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.layers[0]) is type(block)
    np.testing.assert_array_equal(loaded(IMAGES), model(IMAGES))


@every_block
def test_bfloat16_computes_in_16_bits_keeps_32_and_comes_near(name):
    make, shape, *_ = BLOCKS[name]
    exact, half = make(), make(dtype="mixed_bfloat16")
    for block in (exact, half):
        block.build((None, *SHAPE))
    half.set_weights(exact.get_weights())
    outputs = half(IMAGES, training=True)
    assert outputs.dtype.name == "bfloat16"
    assert all(weight.dtype == "float32" for weight in half.weights)
    assert {layer.compute_dtype for layer in half._flatten_layers()} == {"bfloat16"}  # none casts to float32 in between
    expected = exact(IMAGES, training=True)
    difference = np.abs(np.asarray(keras.ops.cast(outputs, "float32")) - expected)
    assert difference.max() < 0.04 * np.abs(expected).max()


@every_block
def test_what_is_inside_can_be_shown_as_a_model(name):
    block = BLOCKS[name][0]()
    inputs = keras.Input(SHAPE)
    block(inputs)
    inside = keras.Model(inputs, block.call(inputs))
    assert {id(weight) for weight in inside.weights} == {id(weight) for weight in block.weights}
    assert inside.output_shape == block.compute_output_shape((None, *SHAPE))


def test_convolutions_start_from_different_numbers():
    block = layers.BasicBlock(16, kernel_initializer=keras.initializers.HeNormal())
    block.build((None, *SHAPE))
    first, second = (layer.get_weights()[0] for layer in (block.branch[0], block.branch[3]))
    assert first.shape == second.shape
    assert not np.array_equal(first, second)


def test_regularizer_counts_every_convolution():
    block = layers.BottleneckBlock(8, kernel_regularizer=keras.regularizers.L2(0.5))
    block.build((None, *SHAPE))
    kernels = [weight for weight in block.weights if weight.path.endswith("kernel")]
    assert len(kernels) == 4
    np.testing.assert_allclose(
        sum(block.losses), sum(0.5 * np.sum(kernel.numpy() ** 2) for kernel in kernels), rtol=1e-5
    )


def test_activation_of_the_table_keeps_its_slope_in_the_config():
    block = layers.ConvBlock(4, activation="leaky_relu")
    assert block.get_config()["activation"] == "leaky_relu"
    block.build((None, *SHAPE))
    assert block.steps[-1].negative_slope == 0.01
    again = layers.ConvBlock.from_config(layers.ConvBlock(4, activation=layers.arctan).get_config())
    assert again.activation is layers.arctan


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"filters": 0},
            "Received filters=0; expected a whole number of 1 or more. Pass the number of output channels",
        ),
        ({"norm": "bach"}, "Received norm='bach'; expected one of 'batch', 'layer', 'group', 'none'. .*mean 'batch'"),
        ({"activation": "rellu"}, "Unknown activation 'rellu'; expected one of"),
    ],
)
@pytest.mark.parametrize("block", [layers.ConvBlock, layers.DepthwiseSeparableConv, layers.BasicBlock])
def test_bad_arguments(block, arguments, message):
    with pytest.raises(ValueError, match=message):
        block(**{"filters": 8} | arguments)
