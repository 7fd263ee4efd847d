"""A network that stays in inference mode inside of one that trains."""

from typing import Any, Self

import keras


@keras.saving.register_keras_serializable(package="atolye")
class InferenceMode(keras.layers.Layer):
    """Call a network in inference mode, in training too.

    Use it for the prefix of a cut model where its features are not cached:
    `keras.Model(inputs, suffix(InferenceMode(prefix)(inputs)))`. `prefix(inputs, training=False)` is not enough there:
    `fit` calls the whole graph with `training=True`, which Keras (3.15) prefers to what was written in the graph, so
    that drop-out and drop-connect of the prefix stay on.

    Args:
        model: the network; its layers say what of it trains.
        options: `name` and other options of a Keras layer.

    Input and output shape: those of the network.

    Example:
        >>> inputs = keras.Input((4,))
        >>> prefix = keras.Model(inputs, keras.layers.Dropout(0.5)(inputs))
        >>> keras.ops.convert_to_numpy(InferenceMode(prefix)(keras.ops.ones((1, 4)), training=True)).tolist()
        [[1.0, 1.0, 1.0, 1.0]]
    """

    def __init__(self, model: keras.Model, **options: Any) -> None:
        options.setdefault("autocast", False)  # the network converts its inputs by itself
        super().__init__(**options)
        self.model = model
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return self.model(inputs, training=False)

    def compute_output_spec(self, inputs: Any, training: bool | None = None) -> Any:
        return self.model.compute_output_spec(inputs)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"model": keras.saving.serialize_keras_object(self.model)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config | {"model": keras.saving.deserialize_keras_object(config["model"])})
