"""The architectures that a recipe can name; known without Keras, so that a wrong name is told at once."""

from atolye.errors import did_you_mean

PLAIN = ("cnn", "vgg_small", "separable_cnn", "whitened_cnn")
WHITENED = "whitened_cnn"  # the one that takes images of any size, and Muon
RESIDUAL = ("resnet", "preact_resnet", "se_resnet")
DEPTHS = (18, 20, 32, 34, 44, 50, 56, 110, 164)
IMAGE_MODELS = (*PLAIN, *(f"{name}{depth}" for name in RESIDUAL for depth in DEPTHS))
MODEL_NAMES = ("auto", "mlp", *IMAGE_MODELS)

EXPECTED = (
    f"auto, mlp, {', '.join(PLAIN)}, or {', '.join(RESIDUAL)} with a depth behind it "
    f"({', '.join(map(str, DEPTHS))}), such as resnet20"
)


def check_model_name(name: str) -> str:
    """Return `name`.

    Raises:
        ValueError: when a recipe can name no such model; the nearest is told.

    Example:
        >>> check_model_name("resnet20")
        'resnet20'
    """
    if name in MODEL_NAMES:
        return name
    stem, depth = builder_and_depth(name)
    if stem in RESIDUAL:
        depth = min(DEPTHS, key=lambda known: abs(known - (depth or 20)))
        raise ValueError(f"unknown model {name!r}. Did you mean '{stem}{depth}'? Expected {EXPECTED}.")
    hint = did_you_mean(name, MODEL_NAMES)
    raise ValueError(f"unknown model {name!r}.{hint} Expected {EXPECTED}.")


def builder_and_depth(name: str) -> tuple[str, int | None]:
    """Return the function of `atolye.models` that a name stands for, and the depth behind it.

    Example:
        >>> builder_and_depth("se_resnet56"), builder_and_depth("cnn")
        (('se_resnet', 56), ('cnn', None))
    """
    stem = name.rstrip("0123456789")
    return stem, int(name[len(stem) :]) if stem != name else None
