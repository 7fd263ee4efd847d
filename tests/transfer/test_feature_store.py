"""Features on disk are whole or absent; damage is found, and old ones make room."""

import json
import os
from collections import namedtuple

import numpy as np
import pytest

from atolye.transfer import feature_store
from atolye.transfer.feature_store import make_room, open_features, write_features

KEY = {"network": "a", "views": 1}
VALUES = np.arange(24, dtype="float16").reshape(4, 6)


@pytest.fixture
def place(tmp_path):
    make_room(tmp_path / "features", VALUES.nbytes)
    place = tmp_path / "features" / ("0" * 32)
    write_features(place, KEY, [VALUES[:3], VALUES[3:]], shape=(4, 6), dtype="float16")
    return place


def test_what_was_written_is_mapped(place):
    features = open_features(place, KEY)
    assert isinstance(features, np.memmap) and features.dtype == np.float16 and not features.flags.writeable
    np.testing.assert_array_equal(features, VALUES)
    index = json.loads((place / "features.json").read_text())
    assert index["bytes"] == 48 and index["key"] == KEY
    assert open_features(place.with_name("1" * 32), KEY) is None


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("flip", "are not the bytes that were written"),
        ("cut", "are 47 bytes long instead of 48"),
        ("longer", "are 49 bytes long instead of 48"),
        ("index", "cannot be read"),
        ("no index", "cannot be read"),
        ("no values", "cannot be read"),
        ("other", "are of another network, other data or other settings"),
    ],
)
def test_damage_is_found_and_told_and_written_over(place, damage, message):
    values, index = place / "features.raw", place / "features.json"
    data = bytearray(values.read_bytes())
    if damage == "flip":
        data[7] ^= 1
        values.write_bytes(data)
    elif damage in ("cut", "longer"):
        values.write_bytes(data[:-1] if damage == "cut" else data + b"\0")
    elif damage == "index":
        index.write_text(index.read_text()[:-9])
    elif damage == "other":
        index.write_text(index.read_text().replace('"views": 1', '"views": 2'))
    else:
        (index if damage == "no index" else values).unlink()
    with pytest.warns(RuntimeWarning, match=f"{message}.*computed anew"):
        assert open_features(place, KEY) is None
    write_features(place, KEY, [VALUES], shape=(4, 6), dtype="float16")
    np.testing.assert_array_equal(open_features(place, KEY), VALUES)


def test_an_interrupted_pass_leaves_nothing_and_keeps_what_was_there(place):
    def blocks():
        yield VALUES[:2]
        raise KeyboardInterrupt

    for target in (place, place.with_name("1" * 32)):
        with pytest.raises(KeyboardInterrupt):
            write_features(target, KEY, blocks(), shape=(4, 6), dtype="float16")
    assert [path.name for path in place.parent.iterdir()] == [place.name]
    np.testing.assert_array_equal(open_features(place, KEY), VALUES)


def test_what_a_killed_process_left_goes_after_a_day(place):
    for name, age in (("old", 90_000), ("new", 10)):
        partial = place.parent / f".partial-{name}"
        partial.mkdir()
        os.utime(partial, (partial.stat().st_mtime - age,) * 2)
    make_room(place.parent, 1)
    assert sorted(path.name for path in place.parent.iterdir()) == [".partial-new", place.name]


def test_the_longest_unused_make_room_and_nothing_else_is_touched(place, monkeypatch):
    later = place.with_name("1" * 32)
    write_features(later, KEY, [VALUES], shape=(4, 6), dtype="float16")
    strange = place.with_name("holiday")
    strange.mkdir()
    (strange / "features.json").write_text("{}")
    for folder, time in ((place, 10), (later, 5)):
        os.utime(folder / "features.json", (time, time))
    size = sum(path.stat().st_size for path in place.iterdir())
    monkeypatch.setattr(feature_store, "_KEPT_BYTES", size + 200)
    make_room(place.parent, 200)
    assert sorted(path.name for path in place.parent.iterdir()) == [place.name, "holiday"]
    os.utime(place / "features.json", (1, 1))
    open_features(place, KEY)
    assert (place / "features.json").stat().st_mtime > 1  # opened: used last


def test_a_full_disk_is_told_before_anything_is_removed(place, monkeypatch):
    usage = namedtuple("usage", "total used free")(10, 10, 2**20)
    monkeypatch.setattr(feature_store.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(OSError, match=r"the features need 3\.00 GiB in .*, where 0\.00 GiB are free.*ATOLYE_CACHE_DIR"):
        make_room(place.parent, 3 << 30)
    assert place.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PermissionError, match="Set ATOLYE_CACHE_DIR to a folder that can be written"):
        make_room(tmp_path / "file" / "features", 1)
