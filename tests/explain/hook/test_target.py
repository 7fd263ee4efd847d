"""Which score is meant, in every way of saying it; what is out of range."""

import keras
import numpy as np
import pytest

from atolye.explain.hook.recording import recording
from atolye.explain.hook.structure import Output, Structure
from atolye.explain.hook.target import resolve_target, score_of


def structure(shape=(3,), activation="softmax"):
    return Structure("net", (), {"out": Output(shape, activation)})


def test_ids_for_all_for_each_or_the_answer():
    assert resolve_target(None, 2, structure=structure())[0].tolist() == [-1, -1]
    assert resolve_target(1, 2, structure=structure())[0].tolist() == [1, 1]
    assert resolve_target([2, 0], 2, structure=structure())[0].tolist() == [2, 0]
    assert resolve_target(1, 2, structure=structure((1,), "sigmoid"))[0].tolist() == [1, 1]
    rule = resolve_target(len, 2, structure=structure((5, 5)))[1]
    assert rule is len


@pytest.mark.parametrize(
    ("target", "shape", "words"),
    [
        (3, (3,), "Received target=3; model 'net' has the classes 0 to 2"),
        ([0, -2], (3,), "Received target=-2; model 'net' has the classes"),
        (1, (1,), "Received target=1; model 'net' has one output unit, target 0"),
        ([0], (3,), "Received 1 targets for 2 images"),
        (0.5, (3,), "Received target=0.5; expected a class id"),
        (True, (3,), "Received target=True; expected a class id"),
        ("cat", (3,), "Received target='cat'; expected a class id"),
        (0, (5, 5), r"Output 'out' of model 'net' has the shape \(5, 5\) an example"),
    ],
)
def test_refusals(target, shape, words):
    with pytest.raises(ValueError, match=words):
        resolve_target(target, 2, structure=structure(shape, None))


def score(units, activation, classes, **options):
    """The score of a model that is one Dense layer with the unit matrix, for the logits `units`."""
    size = len(units[0])
    dense = keras.layers.Dense(size, activation, use_bias=False, kernel_initializer="identity")
    model = keras.Sequential([keras.Input((size,)), dense])
    with recording(model, {}) as record:
        outputs = model(np.array(units, "float32"))
    known = {"output": "output", "rule": None, "logits": True} | options
    found = score_of(model, outputs, record, keras.ops.convert_to_tensor(np.array(classes, "int32")), **known)
    return [np.asarray(part).round(4).tolist() for part in found]


def test_logit_and_probability_of_a_class():
    value, target, shown = score([[1.0, 3.0], [1.0, 3.0]], "softmax", [-1, 0])
    assert (value, target) == ([3.0, 1.0], [1, 0])
    assert shown == pytest.approx([0.8808, 0.1192])
    assert score([[1.0, 3.0]], "softmax", [-1], logits=False)[0] == pytest.approx([0.8808])


def test_one_sigmoid_unit_is_two_classes():
    value, target, shown = score([[2.0], [2.0], [-1.0]], "sigmoid", [-1, 0, -1])
    assert (value, target) == ([2.0, -2.0, 1.0], [1, 0, 0])
    assert shown == pytest.approx([0.8808, 0.1192, 0.7311])


def test_a_value_stands_for_itself_and_a_rule_takes_all_units():
    assert score([[2.0]], None, [-1]) == [[2.0], [0], [2.0]]
    value, target, _ = score([[1.0, 3.0]], "softmax", [-1], rule=lambda units: units[:, 1] - units[:, 0])
    assert (value, target) == ([2.0], [-1])
    with pytest.raises(ValueError, match=r"The target function returned \(1, 2\); expected one number an example"):
        score([[1.0, 3.0]], "softmax", [-1], rule=lambda units: units)
