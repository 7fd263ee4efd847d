"""The recorded calls are those that the model makes, and the model is left alone."""

import keras
import pytest

from atolye.profile.calls import bytes_each, input_shapes, record_calls

L = keras.layers


class Twice(L.Layer):
    """A composite that calls one layer twice and adds by an operator."""

    def __init__(self):
        super().__init__(name="twice")
        self.inner = L.Dense(4, name="inner")

    def build(self, shape):
        self.inner.build(shape)

    def call(self, inputs):
        return self.inner(self.inner(inputs)) + inputs


def test_names_shapes_and_scopes_of_nested_models_and_composites():
    nested = keras.Sequential([keras.Input((4,)), L.ReLU(name="relu"), Twice()], name="nested")
    model = keras.Sequential([keras.Input((4,)), L.Dense(4, name="first"), nested])
    calls = record_calls(model, [(1, 4)])
    names = ["first", "nested/relu", "nested/twice/inner", "nested/twice/inner#2", "nested/twice", "nested"]
    assert [call.name for call in calls] == [*names, model.name]
    assert [call.composite for call in calls] == [False, False, False, False, True, True, True]
    by_name = {call.name: call for call in calls}
    assert by_name["nested/twice/inner"].scope == by_name["nested/twice"].inner
    assert by_name["nested/twice/inner"].output_ids == by_name["nested/twice/inner#2"].input_ids
    assert {call.outputs for call in calls} == {((1, 4),)}
    assert {call.bytes for call in calls} == {16}


def test_a_subclassed_model_and_a_layer_that_counts_as_a_whole():
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__(name="own")
            self.part = Twice()

        def call(self, inputs):
            return self.part(inputs)

    model = Subclassed()
    model(keras.ops.ones((2, 4)))
    assert [call.name for call in record_calls(model, [(3, 4)])][-2:] == ["twice", "own"]
    whole = record_calls(model, [(3, 4)], is_whole=lambda layer: isinstance(layer, Twice))
    assert [call.name for call in whole] == ["twice", "own"]
    assert whole[0].outputs == ((3, 4),)


def test_the_model_is_left_as_it_was_also_after_an_error():
    model = keras.Sequential([keras.Input((4,)), L.Dense(2), L.Dropout(0.5)])
    x = keras.ops.ones((1, 4))
    before = keras.ops.convert_to_numpy(model(x))
    record_calls(model, [(1, 4)])
    with pytest.raises(ValueError, match=r"model 'sequential.*' cannot be called on inputs of shape \(1, 5\): "):
        record_calls(model, [(1, 5)])
    assert all(not {"call", "quantized_call"} & set(layer.__dict__) for layer in [model, *model.layers])
    assert (keras.ops.convert_to_numpy(model(x)) == before).all()


def test_inputs_by_name_and_a_fixed_batch():
    inputs = {"a": keras.Input((3,), batch_size=4, name="a"), "b": keras.Input((3,), batch_size=4, name="b")}
    model = keras.Model(inputs, L.Add(name="sum")([inputs["a"], inputs["b"]]))
    assert input_shapes(model) == [(4, 3), (4, 3)]
    (call,) = [call for call in record_calls(model, input_shapes(model)) if call.name == "sum"]
    assert (call.inputs, call.outputs) == (((4, 3), (4, 3)), ((4, 3),))


def test_open_and_given_input_shapes():
    model = keras.Sequential([keras.Input((None, None, 3)), L.Conv2D(2, 3)], name="open")
    assert input_shapes(model, (8, 8, 3)) == input_shapes(model, [(8, 8, 3)]) == [(1, 8, 8, 3)]
    with pytest.raises(ValueError, match=r"'open' is open: received \(None, None, 3\), expected whole numbers. Give "):
        input_shapes(model)


def test_what_is_no_built_model():
    with pytest.raises(ValueError, match="Model 'late' is not built; call it on data or give it a keras.Input first"):
        input_shapes(keras.Sequential([L.Dense(3)], name="late"))
    with pytest.raises(ValueError, match="Received a Dense; expected a keras.Model"):
        input_shapes(L.Dense(3))


def test_a_mask_is_no_signal():
    inputs = keras.Input((3,), dtype="int32")
    model = keras.Model(inputs, L.LSTM(2, name="memory")(L.Embedding(9, 4, mask_zero=True)(inputs)))
    calls = record_calls(model, [(1, 3)], is_whole=lambda layer: isinstance(layer, L.RNN))
    (call,) = [call for call in calls if call.name == "memory"]
    assert call.inputs == ((1, 3, 4),)


@pytest.mark.parametrize(("dtype", "size"), [("float32", 4), ("bfloat16", 2), ("float8_e4m3fn", 1), ("bool", 1)])
def test_bytes_of_a_number(dtype, size):
    assert bytes_each(dtype) == size
