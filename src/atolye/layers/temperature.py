"""Temperature: probabilities made milder or surer by one number, which the saved model carries."""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="atolye")
class Temperature(keras.layers.Layer):
    """Divide the logits behind probabilities by a temperature: above 1 less sure, below 1 surer, the order unchanged.

    Use it as the last layer of a trained classifier whose confidence does not fit how often it is right;
    `atolye.explain.calibrate` finds the temperature and adds the layer. It works on probabilities, since
    softmax(z / T) = softmax(log(p) / T) for p = softmax(z), so that any model can be followed by it.

    Reference: Guo et al. (2017), https://arxiv.org/abs/1706.04599

    Args:
        temperature: number above 0; 1 changes nothing.

    Call arguments:
        inputs: probabilities of shape `(..., num_classes)` that sum to 1, or `(..., 1)` of one sigmoid unit.

    Returns:
        probabilities of the same shape.

    Raises:
        ValueError: when the temperature is not above 0.

    Example:
        >>> [round(float(value), 4) for value in Temperature(2.0)(keras.ops.array([[0.8, 0.2]]))[0]]
        [0.6667, 0.3333]
    """

    def __init__(self, temperature: float, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})  # as the output layers are: bfloat16 has 3 digits
        if not 0 < temperature < float("inf"):
            raise ValueError(f"Received temperature={temperature}; expected a number above 0, such as 1.5.")
        self.temperature = float(temperature)

    def call(self, inputs: Any) -> Any:
        logs = keras.ops.log(keras.ops.maximum(inputs, 1e-38))
        if inputs.shape[-1] != 1:
            return keras.ops.softmax(logs / self.temperature)
        others = keras.ops.log(keras.ops.maximum(1 - inputs, 1e-7))  # 1 - p is 0 or above 5e-8 in float32
        return keras.ops.sigmoid((logs - others) / self.temperature)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"temperature": self.temperature}
