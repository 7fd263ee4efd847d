"""On JAX, with TensorFlow barred from import, the same maps come out."""

import importlib.util
import os
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest

from atolye.explain import explain_images

pytestmark = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")

NAMES = ("grad_cam", "eigen_cam", "gradient_x_input")

PROGRAM = """
    import sys
    from importlib.abc import MetaPathFinder

    class NoTensorFlow(MetaPathFinder):
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] == "tensorflow":
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    sys.meta_path.insert(0, NoTensorFlow())

    import keras
    import numpy as np

    from atolye.explain import explain_images

    model = keras.saving.load_model(sys.argv[1])
    weights = model.get_weights()
    x = np.load(sys.argv[2])
    maps = {name: explain_images(model, x, method=name).maps for name in sys.argv[4:]}
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    conv = model.get_layer("trunk").get_layer("conv")
    conv.kernel.assign(conv.kernel * 2)  # weights that change later count
    maps["later"] = explain_images(model, x, method="eigen_cam").maps
    np.savez(sys.argv[3], **maps)
"""


def test_jax_makes_the_same_maps(tmp_path):
    keras.utils.set_random_seed(0)
    L = keras.layers
    conv = L.Conv2D(4, 3, use_bias=False, name="conv", kernel_initializer="he_normal")
    trunk = keras.Sequential([keras.Input((8, 8, 2)), conv, L.ReLU()], name="trunk")
    model = keras.Sequential([keras.Input((8, 8, 2)), trunk, L.GlobalAveragePooling2D(), L.Dense(3, "softmax")])
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 2)).astype("float32")
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", x)
    arguments = [str(tmp_path / name) for name in ("model.keras", "x.npy", "maps.npz")] + list(NAMES)
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), *arguments]
    result = subprocess.run(
        command, env=os.environ | {"KERAS_BACKEND": "jax"}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    found = np.load(tmp_path / "maps.npz")
    for name in NAMES:
        expected = explain_images(model, x, method=name).maps
        np.testing.assert_allclose(found[name], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["later"], 2 * found["eigen_cam"], rtol=1e-4)
