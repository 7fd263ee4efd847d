import base64
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from atolye.report.image_data import MAX_WIDTH, image_data


def test_a_small_picture_is_kept_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (40, 20)).save(path)
    address, width, height = image_data(path)
    assert (width, height) == (40, 20)
    assert address == "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def test_a_large_picture_is_made_smaller(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    noise = np.random.default_rng(0).integers(0, 255, (300, 2 * MAX_WIDTH, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    address, width, height = image_data(path)
    assert (width, height) == (MAX_WIDTH, 150)
    assert address.startswith("data:image/webp;base64,") and len(address) < path.stat().st_size / 2


def test_no_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="is not a picture that can be read"):
        image_data(tmp_path / "a.png")
