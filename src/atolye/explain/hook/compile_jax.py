"""A probe as one compiled JAX function: the layer's output plus zeros, differentiated by the zeros."""

import weakref
from collections.abc import Callable
from typing import Any

import jax
import keras

from atolye.explain.hook.inputs import picture_in, with_picture
from atolye.explain.hook.probe import Probe, layer_at, reduced
from atolye.explain.hook.recording import recording
from atolye.explain.hook.target import score_of


def compile_probe(model: keras.Model, probe: Probe, inputs: Any) -> Callable[[Any, Any], dict[str, Any]]:
    """Return the compiled function of a probe; JAX compiles it once for each length of a batch.

    Args:
        model: the model; it is not kept alive.
        probe: the question.
        inputs: a batch; its shapes are not used here.
    """
    known = weakref.ref(model)

    @jax.jit
    def function(weights: Any, inputs: Any, classes: Any) -> dict[str, Any]:
        return _run(known(), probe, weights, inputs, classes)

    def call(inputs: Any, classes: Any) -> dict[str, Any]:
        # Weights go in as arguments: as constants, later training would pass unseen.
        weights = [variable.value for variable in known().variables]  # type: ignore[union-attr]
        return function(weights, inputs, classes)

    return call


def _run(model: Any, probe: Probe, weights: Any, inputs: Any, classes: Any) -> dict[str, Any]:
    state = list(zip(model.variables, weights, strict=True))

    def forward(zeros: Any) -> Any:
        def add(path: str, tensor: Any) -> Any:
            return tensor + zeros if path == probe.layer else tensor

        given = with_picture(inputs, picture_in(inputs) + zeros) if probe.layer is None else inputs
        with keras.StatelessScope(state_mapping=state), recording(model, layer_at(model, probe.layer), add) as record:
            outputs = model(given, training=False)
        score = score_of(model, outputs, record, classes, output=probe.output, rule=probe.rule, logits=probe.logits)
        values = picture_in(given) if probe.layer is None else record.at(probe.layer)
        return score.value.sum(), (values, score)

    if not probe.gradient:
        _, (values, score) = forward(0.0)
        return reduced(probe, values, None, inputs, score)
    like = jax.eval_shape(lambda: forward(0.0)[1][0])
    zeros = jax.numpy.zeros(like.shape, like.dtype)
    gradient, (values, score) = jax.grad(forward, has_aux=True)(zeros)
    return reduced(probe, values, gradient, inputs, score)
