import os
from collections import namedtuple

import numpy as np
import pytest
from PIL import Image

from atolye.data import image_store
from atolye.data.image_files import find_images
from atolye.data.image_store import store_images


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(5):
        Image.new("RGB", (6, 6), (number * 10, 0, 0)).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def reads(monkeypatch):
    """Count how often files are decoded."""
    calls = []
    plain = image_store.decode_files
    monkeypatch.setattr(image_store, "decode_files", lambda *arguments: calls.append(1) or plain(*arguments))
    return calls


def store(folder, **options):
    return store_images(find_images(folder), folder, image_size=(4, 4), **options)


def reds(stored):
    return stored.pixels[:, 0, 0, 0].tolist()


def test_pixels_are_mapped_and_read_once(folder, reads):
    told = []
    stored = store(folder, progress=lambda done, total: told.append((done, total)))
    assert isinstance(stored.pixels, np.memmap) and reds(stored) == [0, 10, 20, 30, 40]
    assert told[-1] == (5, 5)
    assert reds(store(folder)) == [0, 10, 20, 30, 40] and len(reads) == 1
    store(folder, resize="pad")
    assert len(reads) == 2  # other settings, another store


def test_changed_added_and_removed_files_are_noticed_and_the_old_store_goes(folder, reads):
    store(folder)
    Image.new("RGB", (6, 6), (99, 0, 0)).save(folder / "2.png")
    os.utime(folder / "2.png", (1, 1))
    assert reds(store(folder)) == [0, 10, 99, 30, 40]
    (folder / "0.png").unlink()
    assert reds(store(folder)) == [10, 99, 30, 40]
    assert len(reads) == 3
    assert len(list((folder.parent / "cache" / "images").iterdir())) == 1


@pytest.mark.parametrize("damage", ["flip", "cut", "longer", "index", "no index"])
def test_a_damaged_store_is_made_anew(folder, reads, damage):
    stored = store(folder)
    pixels, index = stored.folder / "pixels.u8", stored.folder / "index.json"
    data = bytearray(pixels.read_bytes())
    del stored
    if damage == "flip":
        data[100] ^= 1
        pixels.write_bytes(data)
    elif damage == "cut":
        pixels.write_bytes(data[:-1])
    elif damage == "longer":
        pixels.write_bytes(data + b"\0")
    elif damage == "index":
        index.write_text(index.read_text()[:-5])
    else:
        index.unlink()
    assert reds(store(folder)) == [0, 10, 20, 30, 40] and len(reads) == 2


def test_nothing_half_written_is_left_when_reading_is_interrupted(folder):
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store(folder, progress=interrupt)
    assert list((folder.parent / "cache" / "images").iterdir()) == []


def test_a_full_disk_is_told_before_reading(folder, reads, monkeypatch):
    usage = namedtuple("usage", "total used free")(10, 10, 2**20)
    monkeypatch.setattr(image_store.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(OSError, match=r"the decoded images need 0\.0 GiB in .*set ATOLYE_CACHE_DIR to another disk"):
        store(folder)
    assert not reads


def test_a_cache_that_cannot_be_made_is_told(folder, monkeypatch):
    (folder.parent / "file").write_text("")
    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(folder.parent / "file" / "cache"))
    with pytest.raises(PermissionError, match="Set ATOLYE_CACHE_DIR to a folder that can be written"):
        store(folder)


def test_only_bad_files_give_an_empty_array(folder):
    for path in folder.iterdir():
        path.write_bytes(b"text")
    stored = store(folder)
    assert stored.pixels.shape == (0, 4, 4, 3) and len(stored.bad) == 5


@pytest.mark.parametrize("size", [(0, 4), (4, 5000)])
def test_size_out_of_range(folder, size):
    with pytest.raises(ValueError, match="image_size must be from 1 to 4096 pixels"):
        store_images(find_images(folder), folder, image_size=size)
