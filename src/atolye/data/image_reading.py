"""Decode many image files in threads, in order, with few of them in memory at a time."""

import hashlib
import os
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from atolye.data.image_decode import ResizeMode, decode_image

_PER_BLOCK = 32  # images a thread decodes at a time: few hand-overs, and still even work


@dataclass(frozen=True)
class DecodedBlock:
    """A few files, read.

    Args:
        pixels: uint8 of shape `(num_readable, height, width, 3)`.
        good: readable files as `(path, content)`, the content being the SHA-256 of the bytes, shortened.
        bad: unreadable files as `(path, reason)`.
        checksum: CRC-32 of `pixels`.
    """

    pixels: np.ndarray
    good: list[tuple[str, str]]
    bad: list[tuple[str, str]]
    checksum: int


def decode_files(paths: Sequence[str], image_size: tuple[int, int], resize: ResizeMode) -> Iterator[DecodedBlock]:
    """Yield blocks of decoded files in the order of `paths`; a file that cannot be read costs only itself.

    Args:
        paths: image files.
        image_size: height and width in pixels of the decoded images.
        resize: `"crop"` or `"pad"`.
    """
    # Pillow and hashlib let go of the interpreter's lock, so threads use all cores.
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    tasks: deque[Future[DecodedBlock]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(paths), _PER_BLOCK):
            tasks.append(pool.submit(_decode_block, paths[start : start + _PER_BLOCK], image_size, resize))
            if len(tasks) > 2 * threads:
                yield tasks.popleft().result()
        while tasks:
            yield tasks.popleft().result()


def _decode_block(paths: Sequence[str], image_size: tuple[int, int], resize: ResizeMode) -> DecodedBlock:
    pixels = np.empty((len(paths), *image_size, 3), np.uint8)
    good: list[tuple[str, str]] = []
    bad: list[tuple[str, str]] = []
    for path in paths:
        try:
            with open(path, "rb") as file:
                data = file.read()
            pixels[len(good)] = decode_image(data, image_size, resize=resize)
            good.append((path, hashlib.sha256(data).hexdigest()[:32]))
        except ValueError as error:
            bad.append((path, str(error)))
        except OSError as error:
            bad.append((path, error.strerror or str(error)))
    pixels = pixels[: len(good)]
    return DecodedBlock(pixels, good, bad, zlib.crc32(pixels.data))
