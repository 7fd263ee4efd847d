"""MC dropout: only dropout is on, nothing is changed, and the numbers are those of the formulas."""

import keras
import numpy as np
import pytest

from atolye.explain import predict_with_uncertainty
from atolye.explain.uncertainty import _summarise
from atolye.layers import BatchNormalization, MCDropout

X = np.random.default_rng(0).normal(size=(10, 6)).astype("float32")


def network(*layers, units=3, activation="softmax"):
    keras.utils.set_random_seed(0)
    body = [keras.layers.Dense(16, activation="relu"), keras.layers.BatchNormalization(), *layers]
    return keras.Sequential([keras.Input((6,)), *body, keras.layers.Dense(units, activation)])


def test_entropies_and_interval_by_hand():
    draws = np.array([[[1.0, 0.0]], [[0.0, 1.0]], [[1.0, 0.0]], [[0.0, 1.0]]])  # sure each time, and never agreed
    result = _summarise(draws, 0.5, True)
    np.testing.assert_allclose(result["mean"], [[0.5, 0.5]])
    np.testing.assert_allclose(result["std"], [[0.5, 0.5]])
    np.testing.assert_allclose(result["entropy"], [np.log(2)])
    np.testing.assert_allclose(result["aleatoric"], [0.0], atol=1e-12)
    np.testing.assert_allclose(result["mutual_information"], [np.log(2)])
    np.testing.assert_allclose([result["lower"], result["upper"]], [[[0.0, 0.0]], [[1.0, 1.0]]])


def test_agreed_but_undecided_draws_are_aleatoric():
    result = _summarise(np.full((5, 2, 4), 0.25), 0.95, True)
    np.testing.assert_allclose(result["aleatoric"], np.log(4))
    np.testing.assert_allclose(result["mutual_information"], 0.0, atol=1e-12)


def test_nothing_is_changed():
    model = network(keras.layers.Dropout(0.5))
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X, np.arange(10) % 3, verbose=0)
    before, prediction = [weight.numpy() for weight in model.variables], model.predict(X, verbose=0)
    seeds = [np.array(generator.state) for generator in generators(model)]
    predict_with_uncertainty(model, X, passes=5)
    for weight, old in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(weight, old)
    for generator, old in zip(generators(model), seeds, strict=True):
        np.testing.assert_array_equal(generator.state, old)
    np.testing.assert_array_equal(model.predict(X, verbose=0), prediction)
    model.predict_function = None  # traced anew, as it would be in another process
    np.testing.assert_array_equal(model.predict(X, verbose=0), prediction)


def generators(model):
    return [layer.seed_generator for layer in model._flatten_layers() if hasattr(layer, "seed_generator")]


def test_model_is_whole_after_an_error():
    model = network(keras.layers.Dropout(0.5))
    prediction = model.predict(X, verbose=0)
    with pytest.raises(ValueError, match="shape"):
        predict_with_uncertainty(model, X[:, :4])
    np.testing.assert_array_equal(model.predict(X, verbose=0), prediction)


def test_augmentation_and_other_layers_stay_in_inference_mode():
    model = network(keras.layers.GaussianNoise(1.0), keras.layers.Dropout(1e-6))
    result = predict_with_uncertainty(model, X, passes=4)
    np.testing.assert_allclose(result.mean, model.predict(X, verbose=0), atol=1e-6)
    np.testing.assert_allclose(result.std, 0.0, atol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Dropout(0.5),
        keras.layers.AlphaDropout(0.5),
        keras.layers.GaussianDropout(0.5),
        MCDropout(0.5),
        keras.Sequential([keras.Sequential([keras.layers.Dropout(0.5)])]),
        keras.Sequential([keras.layers.Reshape((4, 4)), keras.layers.SpatialDropout1D(0.5), keras.layers.Flatten()]),
        keras.Sequential([keras.layers.Dropout(0.5, noise_shape=(1, 16))]),
    ],
    ids=["dropout", "alpha", "gaussian", "mc", "nested", "spatial", "shared by the batch"],
)
def test_every_kind_of_dropout_is_found(layer):
    result = predict_with_uncertainty(network(layer), X, passes=8)
    assert (result.std.max(axis=1) > 0).all()
    assert (result.lower <= result.mean).all() and (result.mean <= result.upper).all()
    np.testing.assert_allclose(result.mean.sum(axis=1), 1.0, atol=1e-5)


def test_seed_repeats_and_another_seed_does_not():
    model = network(keras.layers.Dropout(0.5))
    first, again, other = (predict_with_uncertainty(model, X, passes=4, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.mean, again.mean)
    assert (first.mean != other.mean).any()


def test_batches_of_unequal_size_cover_every_example():
    model = network(keras.layers.Dropout(1e-6))
    result = predict_with_uncertainty(model, X, passes=2, batch_size=4)
    np.testing.assert_allclose(result.mean, model.predict(X, verbose=0), atol=1e-6)


def test_mean_of_many_passes_is_the_linear_models_prediction():
    # A linear model's mean over dropout masks is its prediction without dropout, since the scaling is inverted.
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dropout(0.3), keras.layers.Dense(1)])
    result = predict_with_uncertainty(model, X, passes=2000)
    error = np.abs(result.mean - model.predict(X, verbose=0)) / (result.std / np.sqrt(2000))
    assert error.max() < 4.5  # standard errors
    assert result.entropy is None and result.mutual_information is None


def test_one_sigmoid_unit_counts_as_two_classes():
    result = predict_with_uncertainty(network(keras.layers.Dropout(0.5), units=1, activation="sigmoid"), X, passes=5)
    assert result.mean.shape == (10, 2)
    np.testing.assert_allclose(result.mean.sum(axis=1), 1.0)
    assert (result.entropy <= np.log(2) + 1e-9).all()


def test_works_in_mixed_precision_with_several_inputs():
    policy = keras.DTypePolicy("mixed_bfloat16")
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    hidden = keras.layers.Dense(8, dtype=policy)(keras.layers.Concatenate()([left, right]))
    hidden = keras.layers.Dropout(0.5, dtype=policy)(BatchNormalization(dtype=policy)(hidden))
    model = keras.Model([left, right], keras.layers.Dense(2, "softmax", dtype="float32")(hidden))
    result = predict_with_uncertainty(model, [X[:, :3], X[:, 3:]], passes=3)
    assert result.mean.shape == (10, 2) and (result.std > 0).all()


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="has no dropout layer with a rate above 0.*Train a model with dropout"):
        predict_with_uncertainty(network(keras.layers.Dropout(0.0)), X)
    with pytest.raises(ValueError, match="Received passes=1"):
        predict_with_uncertainty(network(keras.layers.Dropout(0.5)), X, passes=1)
    with pytest.raises(ValueError, match="several sigmoid units"):
        predict_with_uncertainty(network(keras.layers.Dropout(0.5), units=3, activation="sigmoid"), X)
    inputs = keras.Input((6,))
    hidden = keras.layers.Dropout(0.5)(inputs)
    two = keras.Model(inputs, [keras.layers.Dense(1, name="a")(hidden), keras.layers.Dense(1, name="b")(hidden)])
    with pytest.raises(ValueError, match="one output, received 2"):
        predict_with_uncertainty(two, X)
