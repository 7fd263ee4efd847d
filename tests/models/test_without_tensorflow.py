"""On JAX, with TensorFlow barred from import, the layers and models work and train."""

import importlib.util
import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")

PROGRAM = """
    import sys
    from dataclasses import replace
    from importlib.abc import MetaPathFinder

    class NoTensorFlow(MetaPathFinder):
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] == "tensorflow":
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    sys.meta_path.insert(0, NoTensorFlow())

    import keras
    import numpy as np

    import atolye.explain
    import atolye.layers
    import atolye.models
    import atolye.profile
    from atolye.data import Dataset, Split
    from atolye.train.precision import choose_precision
    from atolye.train.prepare import prepare
    from atolye.train.recipe import Recipe
    from atolye.train.run_epochs import EpochPlan, run_epochs

    assert keras.backend.backend() == "jax"
    random = np.random.default_rng(0)

    # Batch normalization equals Keras's own: outputs and moving statistics.
    images = random.normal(3.0, 2.0, (6, 4, 4, 16)).astype("float32")
    ours, theirs = atolye.layers.BatchNormalization(momentum=0.7), keras.layers.BatchNormalization(momentum=0.7)
    np.testing.assert_array_equal(ours(images, training=True), theirs(images, training=True))
    np.testing.assert_array_equal(ours.moving_variance, theirs.moving_variance)
    np.testing.assert_array_equal(ours(images), theirs(images))

    # The mlp learns through fit, and so does the cnn.
    keras.utils.set_random_seed(0)
    x = random.uniform(-1, 1, (300, 2)).astype("float32")
    y = (x[:, 0] > x[:, 1]).astype("float32")
    model = atolye.models.mlp((2,), 2, hidden_units=(16,))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=8, batch_size=50, verbose=0)
    assert history.history["accuracy"][-1] > 0.9, history.history
    network = atolye.models.cnn((8, 8, 1), 3, widths=(16,))
    network.compile("sgd", "sparse_categorical_crossentropy")
    network.fit(np.zeros((4, 8, 8, 1), "uint8"), np.arange(4) % 3, verbose=0)

    grows = atolye.models.whitened_cnn((None, None, 3), 3, widths=(4,))
    assert [grows(np.zeros((1, side, side, 3))).shape for side in (6, 8)] == [(1, 3), (1, 3)]

    # The convolution blocks run: a norm of each kind, dilation, groups, ways around. (JAX compiles a random initialiser
    # anew for each shape, which takes longer than all the rest.)
    known = {"kernel_initializer": keras.initializers.Constant(0.1)}
    blocks = [
        atolye.layers.ConvBlock(4, groups=2, norm="group", **known),
        atolye.layers.ConvBlock(4, dilation_rate=2, order="norm-act-conv", norm="layer", **known),
        atolye.layers.DepthwiseSeparableConv(4, norm="none", **known),
        atolye.layers.BasicBlock(8, shortcut="zero_pad", squeeze_excite=4, norm="none", **known),
        atolye.layers.BottleneckBlock(2, strides=2, norm="none", **known),
        atolye.layers.PreActBlock(8, **known),
    ]
    stack = keras.Sequential([keras.Input((8, 8, 4)), *blocks])
    outputs = stack.predict(random.normal(size=(2, 8, 8, 4)), verbose=0)
    assert outputs.shape == (2, 4, 4, 8) and np.isfinite(outputs).all() and outputs.std() > 0.01

    # Dropout alone is on for the passes, and off again afterwards.
    before = model.predict(x[:5], verbose=0)
    result = atolye.explain.predict_with_uncertainty(model, x[:5], passes=6)
    assert (result.std > 0).all()
    np.testing.assert_array_equal(model.predict(x[:5], verbose=0), before)

    # Training by a recipe: the step is compiled, and an epoch of a single batch counts once.
    part = Split(random.integers(0, 256, (12, 8, 8, 1)).astype("uint8"), np.arange(12) % 3, np.arange(12).astype(str))
    data = Dataset("drawn", "image", "classification", part, part, part, ("a", "b", "c"), (0.0, 255.0), "by hand")
    recipe, seen = Recipe(data="drawn", widths=[8], epochs=3, batch_size=12, precision="float32"), []

    class Watched:
        def augment(self, images, labels=None, *, generator, epoch=0):
            seen.append(epoch)
            return images if labels is None else (images, labels)

    prepared = replace(prepare(recipe, data), augment=Watched())
    assert prepared.model.jit_compile
    run_epochs(prepared, EpochPlan(3, 12, 0, 3, 0.0))
    assert list(dict.fromkeys(seen)) == [0, 1, 2], seen

    assert atolye.profile.parameter_table(model)["by_keras"].sum() == model.count_params()
    assert choose_precision("auto").policy == "float32"
    assert not any(name.partition(".")[0] == "tensorflow" for name in sys.modules)
    print("all well")
"""


def test_layers_models_and_training_on_jax():
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)], env=environment, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith("all well\n")
