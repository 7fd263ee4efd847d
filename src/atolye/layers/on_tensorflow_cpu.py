"""Where TensorFlow computes: our own gradients are for its CPU kernels alone."""

import keras


def on_tensorflow_cpu() -> bool:
    """Tell whether TensorFlow is Keras's backend, with no GPU to compute on."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")
