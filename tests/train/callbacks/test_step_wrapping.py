import keras
import numpy as np
import pytest

from atolye.train.callbacks.step_wrapping import unwrap_train_step, wrap_train_step

X = np.ones((4, 2), "float32")


class Mark(keras.callbacks.Callback):
    """Writes its name down while the step is traced, and stops after it if asked to."""

    def __init__(self, name, order, *, leave=True):
        super().__init__()
        self.name, self.order, self.leave = name, order, leave

    def wrap_step(self, step):
        def marked(data):
            result = step(data)
            self.order.append(self.name)
            return result

        return marked

    def on_train_begin(self, logs=None):
        wrap_train_step(self.model, self.wrap_step)

    def on_train_end(self, logs=None):
        if self.leave:
            unwrap_train_step(self.model, self.wrap_step)


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    return model


def fit(model, *callbacks):
    model.fit(X, X[:, :1], batch_size=4, verbose=0, callbacks=list(callbacks))


def test_two_callbacks_run_in_their_order_and_leave_the_model_as_it_was(model):
    step, order = model.train_step, []
    fit(model, Mark("a", order), Mark("b", order))
    assert order == ["a", "b"]
    assert "train_step" not in vars(model) and model.train_step == step
    fit(model)
    assert order == ["a", "b"]


def test_taking_one_off_leaves_the_other(model):
    order = []
    first, second = Mark("a", order), Mark("b", order, leave=False)
    fit(model, first, second)
    model.train_step((X, X[:, :1]))
    assert order == ["a", "b", "b"]


def test_what_an_interrupted_training_left_does_not_run_in_the_next(model):
    order = []
    fit(model, Mark("old", order, leave=False))
    fit(model)
    fit(model, Mark("new", order))
    assert order == ["old", "new"] and "train_step" not in vars(model)


def test_a_step_of_ones_own_is_put_back(model):
    plain, order = model.train_step, []

    def own(data):
        order.append("own")
        return plain(data)

    model.train_step = own
    fit(model, Mark("a", order))
    assert order == ["own", "a"] and model.train_step is own
