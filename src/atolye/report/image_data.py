"""A picture file to a `data:` address, small enough for a page that is sent by mail."""

import base64
import io
from pathlib import Path

from PIL import Image

MAX_WIDTH = 1600  # pixels; twice the width of the page's column
MAX_BYTES = 400_000


def image_data(path: Path) -> tuple[str, int, int]:
    """Return `(data address, width, height)` of a PNG, JPEG or WebP file, made smaller where it is large.

    Raises:
        ValueError: when the file is no picture.
    """
    content = path.read_bytes()
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            kind = image.format or "PNG"
            width, height = image.size
            if width > MAX_WIDTH or len(content) > MAX_BYTES:
                small = image.convert("RGB")
                small.thumbnail((MAX_WIDTH, MAX_WIDTH * 4))
                width, height = small.size
                buffer = io.BytesIO()
                small.save(buffer, "WEBP", quality=85, method=4)
                content, kind = buffer.getvalue(), "WEBP"
    except OSError as error:
        raise ValueError(f"{path} is not a picture that can be read ({error}). Make it again.") from error
    return f"data:image/{kind.lower()};base64,{base64.b64encode(content).decode()}", width, height
