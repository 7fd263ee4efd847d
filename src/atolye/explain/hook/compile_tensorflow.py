"""A probe as one TensorFlow graph: forward, backward to the layer only, and the map, in one call."""

import weakref
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from atolye.explain.hook.inputs import picture_in
from atolye.explain.hook.probe import Probe, layer_at, reduced
from atolye.explain.hook.recording import recording
from atolye.explain.hook.target import score_of


def compile_probe(model: keras.Model, probe: Probe, inputs: Any) -> Callable[[Any, Any], dict[str, Any]]:
    """Return the function of a probe; it takes a batch of any length and the class ids.

    Its first call runs as it is; from the second on one graph is used. Tracing takes as long as some ten calls, which a
    probe that is asked once does not win back.

    Args:
        model: the model; it is not kept alive.
        probe: the question.
        inputs: a batch whose shapes and dtypes it is traced for.
    """
    known = weakref.ref(model)
    specs = keras.tree.map_structure(lambda part: tf.TensorSpec([None, *part.shape[1:]], part.dtype), inputs)
    graph: Any = None
    asked = False

    @tf.function(autograph=False)
    def function(inputs: Any, classes: Any) -> dict[str, Any]:
        return _run(known(), probe, inputs, classes)

    def call(inputs: Any, classes: Any) -> dict[str, Any]:
        nonlocal graph, asked
        tensors = keras.tree.map_structure(tf.convert_to_tensor, inputs)
        ids = tf.convert_to_tensor(classes)
        if not asked:
            asked = True
            return _run(known(), probe, tensors, ids)
        graph = graph or function.get_concrete_function(specs, tf.TensorSpec([None], tf.int32))
        return graph(tensors, ids)

    return call


def _run(model: Any, probe: Probe, inputs: Any, classes: Any) -> dict[str, Any]:
    picture = picture_in(inputs)
    # Weights are not watched: the way back ends at the layer.
    with tf.GradientTape(watch_accessed_variables=False) as tape:

        def watch(path: str, tensor: Any) -> Any:
            if probe.gradient:
                tape.watch(tensor)
            return tensor

        if probe.layer is None:
            watch("", picture)
        with recording(model, layer_at(model, probe.layer), watch) as record:
            outputs = model(inputs, training=False)
        score = score_of(model, outputs, record, classes, output=probe.output, rule=probe.rule, logits=probe.logits)
    values = picture if probe.layer is None else record.at(probe.layer)
    gradient = None
    if probe.gradient:
        gradient = tape.gradient(score.value, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return reduced(probe, values, gradient, inputs, score)
