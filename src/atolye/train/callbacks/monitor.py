"""Which number to watch: the names that `fit` will log, and whether more of it is better."""

from typing import Any

import keras

from atolye.errors import did_you_mean

_HIGHER = ("accuracy", "acc", "auc", "precision", "recall", "f1", "f_beta", "fbeta", "iou", "dice", "r2", "top_k")
_LOWER = ("loss", "error", "mse", "mae", "rmse", "entropy", "mape", "msle", "divergence")


def monitor_mode(monitor: str, mode: str = "auto") -> str:
    """Return `"min"` or `"max"`: the direction in which `monitor` gets better.

    Args:
        monitor: log name, such as `"val_loss"`.
        mode: `"min"` and `"max"` are taken as they are; `"auto"` reads the direction off the name.

    Returns:
        `"min"` or `"max"`.

    Raises:
        ValueError: when `mode` is none of the three, or the name does not tell.

    Example:
        >>> monitor_mode("val_main_auc"), monitor_mode("val_loss")
        ('max', 'min')
    """
    if mode in ("min", "max"):
        return mode
    if mode != "auto":
        raise ValueError(f"mode must be 'min', 'max' or 'auto'; received {mode!r}.")
    name = monitor.removeprefix("val_")
    if any(word in name for word in _LOWER):
        return "min"
    if any(word in name for word in _HIGHER):
        return "max"
    raise ValueError(f"cannot tell whether a higher {monitor!r} is better; pass mode='min' or mode='max'.")


def log_names(model: keras.Model) -> list[str] | None:
    """Return the names that training `model` will log, without `val_`, or None when they cannot be known yet.

    They are read from what was given to `compile`. A metric given as the name of a class (`"AUC"`) gets a number
    after its name from Keras (`auc_1`), so that its name is not known before the first batch; give the object a
    name (`keras.metrics.AUC(name="auc")`) to know it.

    Args:
        model: a compiled model.

    Returns:
        Log names, `"loss"` first.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> log_names(model)
        ['loss', 'mae']
    """
    config = model.get_compile_config() or {}
    outputs = list(getattr(model, "output_names", None) or [None])
    names = ["loss"]
    with_loss = _outputs_with_loss(config.get("loss"), outputs)
    if len(with_loss) > 1:
        names += [f"{output}_loss" for output in with_loss]
    for entry in (config.get("metrics"), config.get("weighted_metrics")):
        found = _metric_names(entry, outputs)
        if found is None:
            return None
        names += found
    return names


def check_monitor(monitor: str, model: keras.Model) -> None:
    """Refuse a monitor name that will not be logged, before the first epoch is paid for.

    Raises:
        ValueError: naming what will be logged.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse", metrics=["accuracy"])
        >>> check_monitor("val_acc", model)
        Traceback (most recent call last):
        ...
        ValueError: monitor 'val_acc' will not be logged; the names are loss, accuracy, val_loss, val_accuracy. \
Did you mean 'val_accuracy'?
    """
    names = log_names(model)
    if names is None or monitor.removeprefix("val_") in names:
        return
    names += [f"val_{name}" for name in names]
    raise ValueError(
        f"monitor {monitor!r} will not be logged; the names are {', '.join(names)}.{did_you_mean(monitor, names)}"
    )


def _outputs_with_loss(loss: Any, outputs: list[str | None]) -> list[str | None]:
    if isinstance(loss, dict) and not _is_object(loss):
        return [output for output in outputs if loss.get(output) is not None]
    if isinstance(loss, list | tuple):
        return [output for output, part in zip(outputs, loss, strict=False) if part is not None]
    return outputs if loss is not None else []


def _metric_names(entry: Any, outputs: list[str | None]) -> list[str] | None:
    if not entry:
        return []
    if len(outputs) == 1:
        return _flat_names(entry, None)
    if isinstance(entry, dict) and not _is_object(entry):
        parts = [(output, part) for output, part in entry.items()]
    elif isinstance(entry, list) and len(entry) == len(outputs):
        parts = list(zip(outputs, entry, strict=True))
    else:
        return None
    found = [_flat_names(part, output) for output, part in parts]
    return None if None in found else [name for names in found if names for name in names]


def _flat_names(entry: Any, output: str | None) -> list[str] | None:
    """Return the names in a metric, or list of metrics, as `get_compile_config` writes them."""
    if entry is None:
        return []
    if isinstance(entry, list | tuple) or (isinstance(entry, dict) and not _is_object(entry)):
        found = [_flat_names(part, output) for part in (entry.values() if isinstance(entry, dict) else entry)]
        return None if None in found else [name for names in found if names for name in names]
    if isinstance(entry, str):
        name = None if isinstance(getattr(keras.metrics, entry, None), type) else entry
    else:
        config = entry.get("config")
        name = config if isinstance(config, str) else (config or {}).get("name")
    if name is None:
        return None
    return [f"{output}_{name}" if output else name]


def _is_object(entry: Any) -> bool:
    return isinstance(entry, dict) and "class_name" in entry and "config" in entry
