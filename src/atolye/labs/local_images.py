"""CIFAR-10 where this machine has it, else the coloured shapes that atolye draws, and a word on which."""

from pathlib import Path

from atolye.data import Dataset, load_dataset
from atolye.data.downloadable import is_local

NUM_SHAPES = 6000  # as many as a CNN needs to learn most of them in some minutes; drawing takes about 3 s


def load_images(*, data_dir: str | Path | None = None, small: bool = False, num_shapes: int = NUM_SHAPES) -> Dataset:
    """Return `cifar10` where it is on this machine, else `shapes` at 32 px; say on the standard output which.

    Labs use it, so that they run offline anywhere; nothing is downloaded. Both have ten classes and uint8 images of
    shape (32, 32, 3).

    Args:
        data_dir: folder with `cifar10.npz`; None: `$ATOLYE_DATA_DIR`, then Keras's cache.
        small: take `shapes` in any case.
        num_shapes: how many shapes to draw, over all splits.

    Raises:
        FileNotFoundError: when `data_dir` was given and holds no `cifar10.npz`.

    Example:
        >>> load_images(small=True, num_shapes=200).name
        images: shapes (140 training images; quick mode takes the drawn set)
        'shapes'
    """
    if small:
        name, reason = "shapes", "quick mode takes the drawn set"
    elif is_local("cifar10", data_dir):
        name, reason = "cifar10", "found on this machine"
    elif data_dir is not None:
        raise FileNotFoundError(f"{data_dir} holds no cifar10.npz. Put it there, or leave out --data-dir.")
    else:
        name, reason = "shapes", "cifar10 is not on this machine; pass --data-dir for its 60,000 photographs"
    options = {"image_size": 32, "num_examples": num_shapes} if name == "shapes" else {"data_dir": data_dir}
    dataset = load_dataset(name, **options)
    print(f"images: {name} ({len(dataset.train)} training images; {reason})")
    return dataset
