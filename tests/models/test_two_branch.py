import keras
import numpy as np
import pytest

from atolye.models import two_branch


def data(rows=64):
    rng = np.random.default_rng(0)
    numeric = rng.normal(size=(rows, 5)).astype("float32")
    categorical = np.eye(3, dtype="float32")[rng.integers(0, 3, rows)]
    return {"numeric": numeric, "categorical": categorical}, (numeric[:, 0] + categorical[:, 1] > 0.5).astype("float32")


@pytest.mark.parametrize(("merge", "merged"), [("concatenate", 12), ("add", 8), ("average", 8), ("multiply", 8)])
def test_merges_by_hand(merge, merged):
    keras.utils.set_random_seed(0)
    model = two_branch(5, 3, 2, merge=merge, numeric_units=(8,), categorical_units=(4,), merged_units=())
    x, _ = data()
    assert model.get_layer("merge").output.shape == (None, merged)
    left, right = (tensor for tensor in model.get_layer("merge").input)
    a, b, out = keras.Model(model.input, [left, right, model.get_layer("merge").output]).predict(x, verbose=0)
    expected = {
        "concatenate": lambda: np.concatenate([a, b], -1),
        "add": lambda: a + b,
        "average": lambda: (a + b) / 2,
        "multiply": lambda: a * b,
    }
    np.testing.assert_allclose(out, expected[merge](), atol=1e-6)


def test_the_narrower_branch_is_widened_whichever_it_is():
    wide_numeric = two_branch(5, 3, 2, merge="add", numeric_units=(8,), categorical_units=(4,))
    assert wide_numeric.get_layer("categorical_projection").units == 8
    wide_categorical = two_branch(5, 3, 2, merge="add", numeric_units=(4,), categorical_units=(8,))
    assert wide_categorical.get_layer("numeric_projection").units == 8


def test_learns_and_reloads(tmp_path):
    keras.utils.set_random_seed(0)
    x, y = data(256)
    model = two_branch(5, 3, 2, activation="elu", kernel_initializer="glorot_uniform")
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y[:, None], epochs=8, verbose=0)
    assert model.evaluate(x, y[:, None], verbose=0)[1] > 0.9
    model.save(tmp_path / "two.keras")
    loaded = keras.models.load_model(tmp_path / "two.keras")
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))


def test_bad_arguments():
    with pytest.raises(ValueError, match="Received merge='sum'; expected one of concatenate, add, average, multiply"):
        two_branch(5, 3, 2, merge="sum")
    with pytest.raises(ValueError, match=r"Received dropout=1; expected a share"):
        two_branch(5, 3, 2, dropout=1)
    with pytest.raises(ValueError, match="a branch without units or a size below 1"):
        two_branch(0, 3, 2)
