import keras
import numpy as np
import pytest

from atolye.models import residual_mlp


def test_skip_adds_the_input_of_the_block():
    keras.utils.set_random_seed(0)
    model = residual_mlp((5,), 2, units=4, num_blocks=1)
    add = model.get_layer("block_1_add")
    stem, branch, out = keras.Model(model.input, [*add.input, add.output]).predict(np.ones((3, 5)), verbose=0)
    np.testing.assert_allclose(out, stem + branch, atol=1e-6)


def test_plain_stack_has_the_same_layers_without_the_sums():
    plain, residual = (residual_mlp((5,), 3, skip=skip, num_blocks=3) for skip in (False, True))
    assert [weight.shape for weight in plain.weights] == [weight.shape for weight in residual.weights]
    sums = [type(layer).__name__ for layer in residual.layers].count("Add")
    assert (sums, len(residual.layers) - len(plain.layers)) == (3, 3)


def test_gradients_reach_the_first_layer_through_the_skips():
    from atolye.train.callbacks.gradient_norms_tensorflow import layer_gradient_norms

    x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    y = (x[:, 0] > 0).astype("float32")[:, None]
    ratios = {}
    for skip in (False, True):
        keras.utils.set_random_seed(0)
        model = residual_mlp(
            (8,), 2, units=16, num_blocks=12, skip=skip, activation="sigmoid", batch_normalization=False
        )
        model.compile("sgd", "binary_crossentropy")
        norms = layer_gradient_norms(model, x, y)
        ratios[skip] = norms["stem"] / norms["probability"]
    assert ratios[True] > 1e6 * ratios[False]  # 24 sigmoid layers: plain gradients vanish


def test_options(tmp_path):
    model = residual_mlp((4, 4, 1), 10, dropout=0.2, activation="elu", kernel_initializer="glorot_normal")
    assert model.output_shape == (None, 10)
    model.save(tmp_path / "model.keras")
    images = np.full((2, 4, 4, 1), 255.0, "float32")
    expected = model.predict(images, verbose=0)
    np.testing.assert_array_equal(
        keras.models.load_model(tmp_path / "model.keras").predict(images, verbose=0), expected
    )


def test_bad_arguments():
    with pytest.raises(ValueError, match="Received units=64, num_blocks=0; expected 1 or more of each"):
        residual_mlp((5,), 2, num_blocks=0)
    with pytest.raises(ValueError, match=r"Received input_shape=\(5, 5\); expected"):
        residual_mlp((5, 5), 2)
    with pytest.raises(ValueError, match="Received dropout=-0.1"):
        residual_mlp((5,), 2, dropout=-0.1)
