"""Gradients at any layer of any build of model against closed forms; one trace for each probe; nothing changes."""

import gc
import weakref

import keras
import numpy as np
import pytest

from atolye.explain.hook.inputs import Inputs
from atolye.explain.hook.probe import Probe, _traced, ask, ask_all
from atolye.explain.hook.structure import structure_of

L = keras.layers
X = np.random.default_rng(0).normal(size=(5, 6, 6, 1)).astype("float32")
ANSWERS = np.full(5, -1, "int32")


def slope(values, gradient, images):
    return gradient


def values(values, gradient, images):
    return values


def backbone():
    return keras.Sequential([keras.Input((6, 6, 1)), L.Conv2D(4, 3, activation="relu", name="conv")], name="backbone")


def head(x):
    return L.Dense(3, "softmax", name="head")(L.GlobalAveragePooling2D()(x))


def functional():
    inputs = keras.Input((6, 6, 1))
    return keras.Model(inputs, head(L.Conv2D(4, 3, activation="relu", name="conv")(inputs)))


def nested():
    inputs = keras.Input((6, 6, 1))
    return keras.Model(inputs, head(backbone()(inputs)))


def doubly_nested():
    outer = keras.Sequential([keras.Input((6, 6, 1)), backbone()], name="outer")
    return keras.Sequential(
        [keras.Input((6, 6, 1)), outer, L.GlobalAveragePooling2D(), L.Dense(3, "softmax", name="head")]
    )


@keras.saving.register_keras_serializable(package="test_probe")
class Subclassed(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv, self.pool = L.Conv2D(4, 3, activation="relu", name="conv"), L.GlobalAveragePooling2D()
        self.head = L.Dense(3, "softmax", name="head")

    def call(self, inputs):
        return self.head(self.pool(self.conv(inputs)))


def subclassed():
    model = Subclassed()
    model(X[:1])
    return model


BUILDS = [functional, nested, doubly_nested, subclassed]


def probe_of(model, **options):
    structure = structure_of(model, X[:1])
    return Probe(structure.output(None), layer=structure.layer(None), **options)


@pytest.mark.parametrize("build", BUILDS)
def test_the_gradient_is_the_closed_form_and_the_model_stays_the_same(build):
    model = build()
    weights, outputs = model.get_weights(), np.asarray(model(X))
    answer = ask(model, probe_of(model, combine=slope, gradient=True, smooth=False), X, ANSWERS)
    dense = next(layer for layer in model._flatten_layers() if layer.name == "head")
    expected = np.asarray(dense.kernel)[:, answer.target].T / 16  # W[:, c] / (H W)
    np.testing.assert_allclose(answer.maps, np.broadcast_to(expected[:, None, None], (5, 4, 4, 4)), atol=1e-7)
    np.testing.assert_array_equal(answer.target, outputs.argmax(-1))
    np.testing.assert_allclose(answer.shown, outputs.max(-1), rtol=1e-6)
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(model(X), outputs)
    assert all(not {"call", "quantized_call"} & layer.__dict__.keys() for layer in model._flatten_layers())


def test_a_loaded_model_too(tmp_path):
    for build in (nested, subclassed):
        model = build()
        model.save(tmp_path / "model.keras")
        probe = probe_of(model, combine=slope, gradient=True)
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        again = probe_of(loaded, combine=slope, gradient=True)
        np.testing.assert_array_equal(ask(model, probe, X, ANSWERS).maps, ask(loaded, again, X, ANSWERS).maps)


def test_sure_answers_have_a_slope_before_the_softmax_only():
    model = functional()
    model.layers[-1].bias.assign([60.0, 0.0, 0.0])
    probe = probe_of(model, combine=slope, gradient=True)
    assert np.abs(ask(model, probe, X, ANSWERS).maps).max() > 1e-3
    after = probe_of(model, combine=slope, gradient=True, logits=False)
    np.testing.assert_allclose(ask(model, after, X, ANSWERS).maps, 0, atol=1e-20)


def test_one_trace_for_every_batch_and_later_weights_are_seen():
    model = functional()
    traces = []

    def count(values, gradient, images):
        traces.append(1)
        return values

    probe = probe_of(model, combine=count)
    first = ask_all(model, probe, Inputs(model, X), ANSWERS, batch_size=2).maps  # two batches of 2, one of 1
    np.testing.assert_allclose(first, ask(model, probe, X, ANSWERS).maps, rtol=1e-5)
    model.get_layer("conv").kernel.assign(model.get_layer("conv").kernel * 2)
    np.testing.assert_allclose(ask(model, probe, X, ANSWERS).maps, first * 2, rtol=1e-5)
    assert len(traces) == 2  # the first call as it is, the second traced


def test_a_model_is_let_go():
    model = functional()
    for _ in range(2):  # as it is, then traced
        ask(model, probe_of(model, combine=values), X, ANSWERS)
    kept, before = weakref.ref(model), len(_traced)
    del model
    gc.collect()
    assert kept() is None
    assert len(_traced) < before


def test_maps_come_at_the_images_size():
    model = functional()
    assert ask(model, probe_of(model, combine=values), X, ANSWERS).maps.shape == (5, 6, 6, 4)
    raw = ask(model, probe_of(model, combine=values, smooth=False), X, ANSWERS).maps
    np.testing.assert_allclose(raw, model.layers[1](X), rtol=1e-5)


def test_without_anything_to_reduce_only_the_score_comes():
    model = functional()
    answer = ask(model, Probe(model.output_names[0], logits=False), X, np.array([0, 1, 2, 0, 1]))
    assert answer.maps.shape == (5, 0)
    np.testing.assert_allclose(answer.value, np.asarray(model(X))[np.arange(5), [0, 1, 2, 0, 1]], rtol=1e-6)
