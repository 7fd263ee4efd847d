"""MNIST where this machine has it, else the 5,000 digits that come with atolye, and a word on which."""

from pathlib import Path

from atolye.data import Dataset, load_dataset
from atolye.data.downloadable import is_local


def load_digits(*, data_dir: str | Path | None = None, small: bool = False) -> Dataset:
    """Return `mnist` where it is on this machine, else `mnist_small`; say on the standard output which.

    Labs use it, so that they run offline anywhere; nothing is downloaded.

    Args:
        data_dir: folder with `mnist.npz`; None: `$ATOLYE_DATA_DIR`, then Keras's cache.
        small: take `mnist_small` in any case.

    Raises:
        FileNotFoundError: when `data_dir` was given and holds no `mnist.npz`.

    Example:
        >>> load_digits(small=True).name
        digits: mnist_small (3500 training images; quick mode takes the small set)
        'mnist_small'
    """
    if small:
        name, reason = "mnist_small", "quick mode takes the small set"
    elif is_local("mnist", data_dir):
        name, reason = "mnist", "found on this machine"
    elif data_dir is not None:
        raise FileNotFoundError(f"{data_dir} holds no mnist.npz. Put it there, or leave out --data-dir.")
    else:
        name, reason = "mnist_small", "mnist is not on this machine; pass --data-dir for all 60,000 images"
    dataset = load_dataset(name, data_dir=data_dir)
    print(f"digits: {name} ({len(dataset.train)} training images; {reason})")
    return dataset
