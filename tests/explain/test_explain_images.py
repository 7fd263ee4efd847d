"""The contract of all methods: one by one as in a batch, nested as flat, nothing changed, never NaN, clear refusals."""

import keras
import numpy as np
import pytest

from atolye.explain import METHODS, explain_images, grad_cam

L = keras.layers
X = np.random.default_rng(0).uniform(0, 255, (3, 12, 12, 3)).astype("float32")
FAST = {"rise": {"masks": 12}, "smooth_grad": {"copies": 2}, "integrated_gradients": {"steps": 2}}
CAMS = [name for name in METHODS if name.endswith(("cam", "plus_plus"))]


@pytest.fixture(scope="module")
def flat_model():
    keras.utils.set_random_seed(1)
    inputs = keras.Input((12, 12, 3))
    x = L.Rescaling(1 / 255)(inputs)
    for stage, width in enumerate((6, 8), start=1):
        x = L.Conv2D(width, 3, padding="same", activation="relu", name=f"stage_{stage}")(x)
        x = L.MaxPooling2D(name=f"half_{stage}")(x)
    x = L.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(inputs, L.Dense(4, "softmax")(x))


@pytest.fixture(scope="module")
def nested_model(flat_model):
    """The same layers and weights, the trunk a model of its own."""
    trunk = keras.Model(flat_model.inputs, flat_model.get_layer("pool").input, name="trunk")
    inputs = keras.Input((12, 12, 3))
    x = flat_model.get_layer("pool")(trunk(inputs))
    for layer in flat_model.layers[flat_model.layers.index(flat_model.get_layer("pool")) + 1 :]:
        x = layer(x)
    return keras.Model(inputs, x)


@pytest.mark.parametrize("method", METHODS)
def test_the_contract(method, flat_model, nested_model):
    options = FAST.get(method, {})
    weights, outputs = flat_model.get_weights(), np.asarray(flat_model(X))
    found = explain_images(flat_model, X, method=method, batch_size=2, **options)
    assert (found.method, found.maps.shape, found.maps.dtype) == (method, (3, 12, 12), np.float32)
    assert np.isfinite(found.maps).all() and found.normalised.min() >= 0 and found.normalised.max() <= 1
    np.testing.assert_array_equal(found.targets, outputs.argmax(-1))
    np.testing.assert_allclose(found.scores, outputs.max(-1), rtol=1e-6)
    size = np.abs(found.maps).max()
    for row in range(3):
        alone = explain_images(flat_model, X[row : row + 1], method=method, **options)
        np.testing.assert_allclose(alone.maps[0], found.maps[row], atol=2e-5 * size)
    inside = explain_images(nested_model, X, method=method, **options)
    np.testing.assert_allclose(inside.maps, found.maps, atol=1e-6 + 1e-5 * size)
    if method in CAMS:
        assert inside.layer == f"trunk/{found.layer}"
    for before, after in zip(weights, flat_model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(flat_model(X), outputs)


def test_nested_grad_cam_is_the_flat_one_to_a_millionth(flat_model, nested_model):
    flat, nested = (grad_cam(model, X).maps for model in (flat_model, nested_model))
    np.testing.assert_allclose(nested, flat, atol=1e-6 * np.abs(flat).max())
    by_path = grad_cam(nested_model, X, layer="trunk/stage_1")
    by_name = grad_cam(nested_model, X, layer="stage_1")
    np.testing.assert_allclose(by_path.maps, by_name.maps, rtol=1e-4, atol=1e-6)
    assert by_name.layer == "trunk/stage_1"


def test_targets_in_every_form(flat_model):
    each = grad_cam(flat_model, X, target=[0, 1, 2])
    for row in range(3):
        np.testing.assert_allclose(grad_cam(flat_model, X, target=row).maps[row], each.maps[row], atol=1e-6)
    difference = grad_cam(flat_model, X, target=lambda units: units[:, 0] - units[:, 1])
    expected = grad_cam(flat_model, X, target=0).maps - grad_cam(flat_model, X, target=1).maps
    np.testing.assert_allclose(difference.maps, expected, atol=1e-6)
    assert difference.targets.tolist() == [-1, -1, -1]


def test_one_sigmoid_unit_named_outputs_and_two_inputs():
    image, row = keras.Input((8, 8, 1), name="image"), keras.Input((3,), name="row")
    x = L.GlobalAveragePooling2D()(L.Conv2D(4, 3, activation="relu", name="conv")(image))
    x = L.Concatenate()([x, row])
    outputs = {"kind": L.Dense(1, "sigmoid", name="kind")(x), "size": L.Dense(1, name="size")(x)}
    model = keras.Model({"image": image, "row": row}, outputs, name="both")
    data = {"image": np.random.default_rng(0).normal(size=(2, 8, 8, 1)), "row": np.ones((2, 3))}
    yes = grad_cam(model, data, target=1, output="kind")
    no = grad_cam(model, data, target=0, output="kind")
    np.testing.assert_allclose(yes.maps, -no.maps, atol=1e-7)
    np.testing.assert_allclose(yes.scores + no.scores, 1, rtol=1e-6)
    size = grad_cam(model, data, output="size")
    predicted = model({name: values.astype("float32") for name, values in data.items()})["size"]
    np.testing.assert_allclose(size.scores, np.asarray(predicted)[:, 0], rtol=1e-5)
    with pytest.raises(ValueError, match="Model 'both' has the outputs kind, size; received none. Choose output="):
        grad_cam(model, data)
    assert explain_images(model, data, method="rise", output="kind", masks=4).maps.shape == (2, 8, 8)


def test_dead_layers_are_flagged(flat_model):
    dead = keras.models.clone_model(flat_model)
    for variable in dead.get_layer("stage_2").trainable_variables:
        variable.assign(keras.ops.zeros_like(variable))
    for method in METHODS:
        found = explain_images(dead, X, method=method, **FAST.get(method, {}))
        assert np.isfinite(found.maps).all()
        assert found.flat.all(), method


def test_refusals(flat_model):
    with pytest.raises(ValueError, match="Received method='gradcam'; expected one of: .*Did you mean 'grad_cam'?"):
        explain_images(flat_model, X, method="gradcam")
    with pytest.raises(ValueError, match="Method 'grad_cam' has no option 'layr'; .*Did you mean 'layer'?"):
        explain_images(flat_model, X, layr="conv")
    dense = keras.Sequential([keras.Input((12, 12, 3)), L.Flatten(), L.Dense(2, "softmax")], name="dense")
    for method in CAMS:
        with pytest.raises(ValueError, match="Model 'dense' has no layer whose output is a picture"):
            explain_images(dense, X, method=method)
    assert explain_images(dense, X, method="gradient_x_input").maps.shape == (3, 12, 12)
