"""Count a model's FLOPs independently of atolye: the TensorFlow profiler on the frozen graph.

`python tests/profile/count_flops_tensorflow.py` (two minutes) prints the figures that test_profile.py holds.
"""

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tensorflow.python.framework.function_def_to_graph import function_def_to_graph

PRODUCTS = {"Conv2D", "Conv3D", "DepthwiseConv2dNative", "Conv2DBackpropInput", "MatMul", "BatchMatMulV2"}
MODELS = ("VGG16", "ResNet50", "MobileNetV2", "EfficientNetB0", "ConvNeXtTiny")


def count_flops(model: keras.Model) -> int:
    """Return the FLOPs of the convolutions and matrix products for one example, as the profiler counts them."""
    signature = [tf.TensorSpec((1, *tensor.shape[1:]), tensor.dtype) for tensor in model.inputs]

    def call(*inputs: Any) -> Any:
        return model(inputs[0] if len(inputs) == 1 else list(inputs), training=False)

    function = tf.function(call, autograph=False)
    frozen = convert_variables_to_constants_v2(function.get_concrete_function(*signature))
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(frozen.graph.as_graph_def(), name="")
    return _count(graph)


def _count(graph: Any) -> int:
    options: dict[str, Any] = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    found = tf.compat.v1.profiler.profile(graph, cmd="op", options=options | {"output": "none"})
    total, node = 0, found
    while node.children:  # with cmd="op" the kinds of operation are a chain, each node's total that of all below it
        below = node.children[0]
        after = below.children[0].total_float_ops if below.children else 0
        total += (below.total_float_ops - after) * (below.name in PRODUCTS)
        node = below
    # The profiler does not look into functions; Keras compiles grouped convolutions as such.
    functions = {function.signature.name: function for function in graph.as_graph_def().library.function}
    for operation in graph.get_operations():
        if operation.type in ("PartitionedCall", "StatefulPartitionedCall"):
            total += _count(_body(functions[operation.get_attr("f").name], operation))
    return total


def _body(function: Any, call: Any) -> tf.Graph:
    """Return a function's graph with the shapes that one call of it has."""
    inside = function_def_to_graph(function)
    with tf.Graph().as_default() as graph:
        arguments = [tf.compat.v1.placeholder(tensor.dtype, tensor.shape) for tensor in call.inputs]
        names = {given.name: argument for given, argument in zip(inside.inputs, arguments, strict=True)}
        definition = inside.as_graph_def()
        for node in definition.node:
            node.attr.pop("_output_shapes", None)
        tf.import_graph_def(definition, input_map=names, name="")
    return graph


if __name__ == "__main__":
    for name in MODELS:
        print(name, count_flops(getattr(keras.applications, name)(weights=None)))
