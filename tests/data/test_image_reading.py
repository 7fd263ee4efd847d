import hashlib
import zlib

import numpy as np
from PIL import Image

from atolye.data.image_reading import decode_files


def test_order_is_kept_and_a_bad_file_costs_only_itself(tmp_path):
    paths = []
    for number in range(100):
        path = tmp_path / f"{number}.png"
        if number in (3, 70):
            path.write_bytes(b"text")
        elif number == 40:
            path = tmp_path / "gone.png"
        else:
            Image.new("RGB", (4, 4), (number, number, number)).save(path)
        paths.append(str(path))
    blocks = list(decode_files(paths, (4, 4), "crop"))
    pixels = np.concatenate([block.pixels for block in blocks])
    good = [entry for block in blocks for entry in block.good]
    bad = [entry for block in blocks for entry in block.bad]
    assert pixels[:, 0, 0, 0].tolist() == [number for number in range(100) if number not in (3, 40, 70)]
    assert [path for path, _ in good] == [paths[number] for number in range(100) if number not in (3, 40, 70)]
    assert good[0][1] == hashlib.sha256((tmp_path / "0.png").read_bytes()).hexdigest()[:32]
    assert bad == [
        (paths[3], "not an image (JPEG, PNG, WebP, BMP, GIF or TIFF)"),
        (paths[40], "No such file or directory"),
        (paths[70], "not an image (JPEG, PNG, WebP, BMP, GIF or TIFF)"),
    ]
    assert all(block.checksum == zlib.crc32(block.pixels.tobytes()) for block in blocks)
