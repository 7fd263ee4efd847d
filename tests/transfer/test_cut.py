"""A cut model computes the same in two steps, wherever a block ends, and is refused where anything goes around."""

import keras
import numpy as np
import pytest
from keras import layers

from atolye.models import efficientnet_lite0, resnet
from atolye.transfer import cut, find_blocks, fold_batch_norm

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("uint8")


def efficientnet():
    keras.utils.set_random_seed(0)
    return efficientnet_lite0((32, 32, 3), weights=None, include_top=False)


def residual():
    return resnet(20, (32, 32, 3), 3, widths=(4, 8, 8))


@pytest.mark.parametrize("build", [efficientnet, residual])
def test_cut_behind_each_block_the_parts_compute_what_the_model_does(build):
    model = build()
    expected = np.asarray(model(IMAGES))
    blocks = find_blocks(model)[:-1]
    assert len(blocks) > 8
    values, rest = IMAGES, model
    for block in blocks:
        part, rest = cut(rest, block.layers[-1].name)
        values = part(values)
        np.testing.assert_array_equal(rest(values), expected)
        assert {id(layer) for layer in part.layers + rest.layers} >= {id(layer) for layer in block.layers}
    np.testing.assert_array_equal(model(IMAGES), expected)


def small():
    """A residual network of named parts: image, first, second, added, pool, answer."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3), name="image")
    first = layers.Conv2D(4, 3, padding="same", name="first")(inputs)
    second = layers.Conv2D(4, 3, padding="same", name="second")(first)
    x = layers.Add(name="added")([first, second])
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(inputs, layers.Dense(3, activation="softmax", name="answer")(x), name="small")


def test_training_the_suffix_trains_the_model():
    model, images = small(), IMAGES[:, :8, :8].astype("float32")
    prefix, suffix = cut(model, "added")
    before = np.asarray(model(images))
    suffix.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    suffix.train_on_batch(np.asarray(prefix(images)), np.array([0, 1]))
    after = np.asarray(model(images))
    assert np.abs(after - before).max() > 1e-3
    np.testing.assert_array_equal(suffix(prefix(images)), after)
    assert (prefix.name, suffix.name) == ("small_prefix", "small_suffix")


def test_a_folded_prefix_goes_before_the_suffix():
    model = efficientnet()
    prefix, suffix = cut(model, "block2b_add")
    expected = np.asarray(model(IMAGES))
    error = np.abs(np.asarray(suffix(fold_batch_norm(prefix)(IMAGES))) - expected).max()
    assert error < 1e-4 * np.abs(expected).max()


def test_a_model_whose_layers_stand_in_another_model_too_is_cut_by_its_own_graph():
    model = small()
    inputs = keras.Input((4, 4, 3))
    x = inputs
    for name in ("first", "pool", "answer"):
        x = model.get_layer(name)(x)
    other = keras.Model(inputs, x)
    prefix, suffix = cut(other, "first")
    np.testing.assert_array_equal(suffix(prefix(IMAGES[:, :4, :4])), other(IMAGES[:, :4, :4]))


def test_mixed_precision_stays():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        prefix, suffix = cut(small(), "added")
    finally:
        keras.config.set_dtype_policy("float32")
    assert prefix.output.dtype == suffix.input.dtype == "bfloat16"
    assert suffix(np.ones((1, 8, 8, 4), "float16")).shape == (1, 3)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("second", "layer_name='second', which is passed by: 'added' also takes the output of 'first'"),
        ("adde", r"'adde', which 'small' does not have; .* from 'image' to 'answer'. Did you mean 'added'\?"),
        ("image", "nothing comes before it in 'small'"),
        ("answer", "nothing comes behind it in 'small'"),
    ],
)
def test_where_no_cut_may_be(name, message):
    with pytest.raises(ValueError, match=message):
        cut(small(), name)


def test_inputs_and_layers_that_pass_by():
    one, two = keras.Input((4,), name="one"), keras.Input((4,), name="two")
    dense = layers.Dense(4, name="dense")
    x = layers.Activation("relu", name="relu")(dense(one))
    joined = layers.Add(name="joined")([x, two])
    with pytest.raises(ValueError, match="which the input 'two' passes by"):
        cut(keras.Model([one, two], joined), "relu")
    with pytest.raises(ValueError, match="the layer 'dense' is called on both sides"):
        cut(keras.Model(one, dense(x)), "relu")
    with pytest.raises(ValueError, match="'dense', which gives 2 outputs"):
        cut(keras.Model(one, dense(x)), "dense")
    prefix, suffix = cut(keras.Model([one, two], layers.Dense(1, name="last")(joined)), "joined")
    assert len(prefix.inputs) == 2 and suffix.output_shape == (None, 1)


def test_a_sequential_model_is_refused():
    with pytest.raises(ValueError, match=r"\(Sequential\); expected a Functional model"):
        cut(keras.Sequential([keras.Input((4,)), layers.Dense(2, name="dense")]), "dense")
