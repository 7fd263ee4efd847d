"""A part of a network that stays in inference mode while the rest trains."""

from typing import Any, Self

import keras


@keras.saving.register_keras_serializable(package="atolye")
class InferenceOnly(keras.layers.Layer):
    """Run a model in inference mode, also while the model around it trains.

    Use it for a frozen part with random layers, such as the skipping of blocks in EfficientNet. Calling that part with
    `training=False` in a Functional model is not enough: Keras 3.15 passes the outer model's `training=True` on to it.

    Args:
        model: what to run.
        options: `name` and other options of a Keras layer.

    Input and output shape: those of `model`.

    Example:
        >>> dropped = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.9)])
        >>> InferenceOnly(dropped)(keras.ops.ones((1, 4)), training=True).numpy()
        array([[1., 1., 1., 1.]], dtype=float32)
    """

    def __init__(self, model: keras.Model, **options: Any) -> None:
        super().__init__(**options)
        self.model = model

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return self.model(inputs, training=False)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"model": keras.saving.serialize_keras_object(self.model)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config | {"model": keras.saving.deserialize_keras_object(config["model"])})
