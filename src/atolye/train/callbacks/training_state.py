"""What a killed training needs to go on: everything that its remaining epochs depend on, after each epoch."""

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from atolye.files import atomic_path


class TrainingState(keras.callbacks.Callback):
    """Write the state of a training after each epoch, and put it back.

    Use it where Keras's `BackupAndRestore` is not enough: that one keeps weights and epoch, and forgets the early
    stopping's patience, the history and the random states. A training that goes on from this state ends with the
    same numbers as one that was never interrupted, when its data come in an order that depends on the epoch alone.

    It must stand last in the list of callbacks.

    Args:
        path: the `.npz` file to write, whole or not at all.
        policy: dtype policy of the training, kept beside; see `begun_precision`.
        callbacks: by name, callbacks with `get_state` and `set_state`, such as `BestWeights` and `TimeBudget`.

    Example:
        state = TrainingState("state.npz", keep=BestWeights())
        first_epoch, history = state.restore(model)  # (0, []) when there is nothing to go on from
        model.fit(..., initial_epoch=first_epoch, callbacks=[keep, state])
    """

    def __init__(self, path: str | Path, *, policy: str | None = None, **callbacks: Any) -> None:
        super().__init__()
        self.path = Path(path)
        self.policy = policy
        self.callbacks = callbacks
        self.history: list[dict[str, float]] = []

    def restore(self, model: keras.Model) -> tuple[int, list[dict[str, float]]]:
        """Put the saved state into a compiled model, its optimizer and the callbacks.

        Returns:
            The first epoch to run, from 0, and the logs of the epochs before it.

        Raises:
            ValueError: when the file is damaged or belongs to another model.
        """
        self.history = []
        if not self.path.exists():
            return 0, []
        try:
            with open(self.path, "rb") as file, np.load(file) as archive:
                arrays = dict(archive)
            content = json.loads(str(arrays.pop("content")))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ValueError(f"{self.path} is damaged ({error}). Remove it and train from the start.") from None
        model.optimizer.build(model.trainable_variables)
        variables = _variables(model)
        shapes = [tuple(variable.shape) for variable in variables]
        saved = [arrays[f"variable_{number}"] for number in range(content["num_variables"])]
        if [array.shape for array in saved] != shapes:
            raise ValueError(f"{self.path} is the state of another model. Remove it and train from the start.")
        for variable, array in zip(variables, saved, strict=True):
            variable.assign(array)
        for name, callback in self.callbacks.items():
            callback.set_state(_join(content["callbacks"][name], name, arrays))
        self.history = content["history"]
        return len(self.history), list(self.history)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.history.append({name: float(value) for name, value in (logs or {}).items()})
        variables = _variables(self.model)
        # bfloat16 has no place in an .npz file; float32 holds each of its values exactly.
        arrays = {f"variable_{n}": _plain(variable) for n, variable in enumerate(variables)}
        states = {}
        for name, callback in self.callbacks.items():
            states[name] = _split(callback.get_state(), name, arrays)
        content = {"history": self.history, "num_variables": len(variables), "callbacks": states}
        content |= {"stopped": bool(self.model.stop_training), "policy": self.policy}
        with atomic_path(self.path) as partial:
            np.savez(partial, **arrays | {"content": np.array(json.dumps(content))})  # type: ignore[arg-type]

    @property
    def stopped(self) -> bool:
        """Whether the saved training had been stopped by a callback, so that no epoch is left to run."""
        with np.load(self.path) as archive:
            return bool(json.loads(str(archive["content"]))["stopped"])


def _variables(model: keras.Model) -> list[Any]:
    # model.variables, unlike model.weights, holds the dropout layers' random states.
    return [*model.variables, *model.optimizer.variables]


def _plain(variable: Any) -> np.ndarray:
    value = keras.ops.convert_to_numpy(variable.value)
    return value.astype("float32") if str(value.dtype) == "bfloat16" else np.array(value)


def _split(state: dict[str, Any], name: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Move a callback's arrays to `arrays`; return what is left, plain JSON values."""
    arrays.update({f"{name}/{key}": value for key, value in state.get("arrays", {}).items()})
    return {key: value for key, value in state.items() if key != "arrays"}


def _join(state: dict[str, Any], name: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    prefix = f"{name}/"
    found = {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}
    return state | {"arrays": found}
