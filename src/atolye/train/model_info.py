"""What a run's `run.json` says of its model: name, size, and the arithmetic of one example."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def model_info(model: "keras.Model", *, name: str) -> dict[str, Any]:
    """Return the entry `model` of a run's `run.json`.

    Args:
        model: a built model.
        name: the architecture's name in the recipe.

    Returns:
        `name`, `parameters`, `trainable_parameters`, and `flops` of one example, 2 a multiply-accumulate, as
        `atolye.profile` counts them; where it cannot count all layers, `flops_not_counted` with the reason instead.

    Example:
        >>> import keras
        >>> model_info(keras.Sequential([keras.Input((30,)), keras.layers.Dense(2)]), name="linear")
        {'name': 'linear', 'parameters': 62, 'trainable_parameters': 62, 'flops': 120}
    """
    import keras

    trainable = sum(keras.ops.size(variable) for variable in model.trainable_variables)
    info = {"name": name, "parameters": int(model.count_params()), "trainable_parameters": int(trainable)}
    return info | _flops(model)


def _flops(model: "keras.Model") -> dict[str, Any]:
    from atolye.profile import profile

    try:
        totals = profile(model).totals
    except Exception as error:  # whatever it is, a finished training must not be lost for a count
        return {"flops_not_counted": " ".join(str(error).split()) or type(error).__name__}
    if totals["not_counted"]:
        return {"flops_not_counted": f"no formula for {', '.join(totals['not_counted'])}"}
    return {"flops": totals["flops"]}
