"""The optimizers that a recipe can name."""

import keras
import pytest

from atolye.train.optimizers import named_optimizer


@pytest.mark.parametrize(("kind", "made"), [("adam", "Adam"), ("adamw", "AdamW"), ("sgd", "SGD")])
def test_a_kind_is_kerass_class(kind, made):
    optimizer = named_optimizer(kind, 0.1, name="head")
    assert type(optimizer) is getattr(keras.optimizers, made)
    assert (float(optimizer.learning_rate), optimizer.name) == (pytest.approx(0.1), "head")
    assert (getattr(optimizer, "momentum", 0), getattr(optimizer, "nesterov", False)) == (
        (0.9, True) if kind == "sgd" else (0, False)
    )


def test_an_unknown_kind_names_the_nearest():
    with pytest.raises(ValueError, match=r"Received optimizer 'adma'; expected one of adam, adamw, sgd. Did you mean"):
        named_optimizer("adma", 0.1)
