"""The names that a recipe knows are the models that there are."""

import inspect

import pytest

from atolye import models
from atolye.models.residual_network import PLANS
from atolye.train.model_names import DEPTHS, IMAGE_MODELS, MODEL_NAMES, builder_and_depth, check_model_name


def test_every_image_model_can_be_named():
    # What takes only the shape of an image and the number of classes, and a depth perhaps.
    functions = {name: getattr(models, name) for name in models.__all__ if callable(getattr(models, name))}
    builders = {name: inspect.signature(function).parameters for name, function in functions.items()}
    for_images = {
        name
        for name, parameters in builders.items()
        if "widths" in parameters or any(value.kind is value.VAR_KEYWORD for value in parameters.values())
    }
    assert {builder_and_depth(name)[0] for name in IMAGE_MODELS} == for_images
    with_depth = {name for name in for_images if "depth" in builders[name]}
    assert {builder_and_depth(name)[0] for name in IMAGE_MODELS if builder_and_depth(name)[1]} == with_depth


def test_every_depth_can_be_named():
    assert set(DEPTHS) == set(PLANS)
    assert list(DEPTHS) == sorted(DEPTHS)


def test_names_fall_apart_into_builder_and_depth():
    assert builder_and_depth("preact_resnet164") == ("preact_resnet", 164)
    assert builder_and_depth("vgg_small") == ("vgg_small", None)
    assert len(set(MODEL_NAMES)) == len(MODEL_NAMES) == 2 + 4 + 3 * 9


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        (
            "cn",
            "unknown model 'cn'. Did you mean 'cnn'? Expected auto, mlp, cnn, vgg_small, separable_cnn, whitened_cnn",
        ),
        ("resnet", "unknown model 'resnet'. Did you mean 'resnet20'? Expected "),
        ("se_resnet", "unknown model 'se_resnet'. Did you mean 'se_resnet20'? Expected "),
        ("resnet21", "unknown model 'resnet21'. Did you mean 'resnet20'? Expected "),
        ("preact_resnet152", "unknown model 'preact_resnet152'. Did you mean 'preact_resnet164'? Expected "),
        ("ResNet-56", "unknown model 'ResNet-56'. Did you mean 'resnet56'? Expected "),
        ("vgg", "unknown model 'vgg'. Did you mean 'vgg_small'? Expected "),
        ("transformer", "unknown model 'transformer'. Expected auto, "),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(name, hint):
    with pytest.raises(ValueError) as caught:
        check_model_name(name)
    assert str(caught.value).startswith(hint)
    assert str(caught.value).endswith("(18, 20, 32, 34, 44, 50, 56, 110, 164), such as resnet20.")
