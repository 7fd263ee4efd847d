"""`shapes`: synthetic colour images of ten outlines on textured grounds, any size and count, with object masks."""

import numpy as np

from atolye.data.builtin import split_images
from atolye.data.dataset import Dataset
from atolye.data.shape_outlines import OUTLINES

CLASS_NAMES = tuple(sorted(OUTLINES))
MIN_SIZE, MAX_SIZE = 16, 1024
_BLOCK = 50  # images drawn together: few enough to stay in the processor's cache, five of each class
_GRID = 6  # blotches across a ground

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def shapes(
    *,
    image_size: int = 64,
    num_examples: int = 2000,
    seed: int = 0,
    validation_fraction: float = 0.15,
    test_fraction: float = 0.15,
    split_seed: int = 0,
) -> Dataset:
    """Return images of ten coloured outlines (bar, crescent, cross, disc, heart, ...) on textured grounds, with masks.

    Use it where labels and objects must be known exactly: to check a localisation map against the true mask, to try an
    augmentation, to test at any image size. Place, size, turn, colours, texture and noise are drawn without regard to
    the class, so colour says nothing about it and a linear model on pixels fails.

    Args:
        image_size: side of the square images in pixels, from 16 to 1024.
        num_examples: number of images over all splits, at least 30; classes are equally frequent.
        seed: the same seed, the same images; image `i` does not depend on `num_examples`.
        validation_fraction: part of each class for validation, in [0, 1).
        test_fraction: part of each class for test, in [0, 1).
        split_seed: the same seed, the same splits.

    Returns:
        uint8 images of shape (image_size, image_size, 3) and, in each split, their bool `masks`.

    Raises:
        ValueError: when the size or the number is out of range.

    Example:
        >>> shapes(image_size=32, num_examples=200).train.masks.shape
        (140, 32, 32)
    """
    images, masks, targets = draw_shapes(num_examples, image_size=image_size, seed=seed)
    return split_images(
        "shapes",
        images,
        targets,
        CLASS_NAMES,
        f"synthetic, drawn by atolye: {num_examples} images of {image_size} px, seed {seed}",
        validation_fraction=validation_fraction,
        test_fraction=test_fraction,
        split_seed=split_seed,
        masks=masks,
    )


def draw_shapes(num_examples: int, *, image_size: int = 64, seed: int = 0) -> Arrays:
    """Return images (N, S, S, 3) uint8, masks (N, S, S) bool and targets (N,) int64 of the ten shapes.

    Raises:
        ValueError: when the size or the number is out of range.
    """
    if not MIN_SIZE <= image_size <= MAX_SIZE:
        raise ValueError(f"image_size of shapes must be from {MIN_SIZE} to {MAX_SIZE} pixels; received {image_size}.")
    if num_examples < 3 * len(CLASS_NAMES):
        raise ValueError(
            f"num_examples of shapes must be at least {3 * len(CLASS_NAMES)}, three of each class; "
            f"received {num_examples}."
        )
    images = np.empty((num_examples, image_size, image_size, 3), np.uint8)
    masks = np.empty((num_examples, image_size, image_size), bool)
    targets = np.empty(num_examples, np.int64)
    for start in range(0, num_examples, _BLOCK):
        count = min(_BLOCK, num_examples - start)
        # One generator a block: an image depends on seed, size and position only.
        random = np.random.default_rng([seed, start // _BLOCK])
        block = slice(start, start + count)
        images[block], masks[block], targets[block] = _draw_block(count, image_size, random)
    return images, masks, targets


def _draw_block(count: int, size: int, random: np.random.Generator) -> Arrays:
    # Always drawn for the whole block and then cut, so that a smaller dataset is the beginning of a larger one.
    decks = [random.permutation(len(CLASS_NAMES)) for _ in range(_BLOCK // len(CLASS_NAMES))]
    targets = np.concatenate(decks)[:count]
    place = np.linspace(-1.0, 1.0, 2 * size + 1, dtype=np.float32)[1::2]  # centres of the pixels, (S,)
    cover = _cover(targets, place, random)
    ground = _texture(place, random)[:count, ..., None]
    filling = _texture(place, random)[:count, ..., None]
    first, second, inner, outer = (colour[:count, None, None, :] for colour in _colours(random))
    image = first + (second - first) * ground
    image += cover[..., None] * (inner + (outer - inner) * filling - image)
    noise = random.uniform(2.0, 8.0, (_BLOCK, 1, 1, 1)).astype(np.float32)[:count]
    image += noise * random.standard_normal(image.shape, np.float32)
    return np.clip(image, 0, 255).astype(np.uint8), cover >= 0.5, targets


def _cover(targets: np.ndarray, place: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return how much of each pixel the object covers, (N, S, S) in [0, 1]."""
    radius = _uniform(random, 0.40, 0.72)[: len(targets)]
    across, down = (_uniform(random, -1.0, 1.0)[: len(targets)] * (0.95 - radius) for _ in range(2))
    turn = _uniform(random, 0.0, 2 * np.pi)[: len(targets)]
    cosine, sine = (np.cos(turn) / radius)[:, None], (np.sin(turn) / radius)[:, None]
    x, y = place - across[:, None], place - down[:, None]  # (N, S) each
    # Columns run along the last axis and rows along the middle one: (N, 1, S) + (N, S, 1) -> (N, S, S)
    u = (cosine * x)[:, None, :] + (sine * y)[:, :, None]
    v = (cosine * y)[:, :, None] - (sine * x)[:, None, :]
    inside = np.empty_like(u)
    for label, name in enumerate(CLASS_NAMES):
        rows = np.flatnonzero(targets == label)
        inside[rows] = OUTLINES[name](u[rows], v[rows])
    pixels_per_radius = (radius * len(place) / 2)[:, None, None]
    return np.clip(0.5 + inside * pixels_per_radius, 0.0, 1.0)


def _texture(place: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return one pattern an image, (block, S, S) in [0, 1]: stripes, checks or blotches."""
    pitch, turn, phase = (_uniform(random, *ends) for ends in ((4.0, 22.0), (0.0, np.pi), (0.0, 2 * np.pi)))
    kind = random.integers(0, 3, _BLOCK)[:, None, None]
    along, across = (pitch * np.cos(turn))[:, None], (pitch * np.sin(turn))[:, None]
    first = np.sin((along * place + phase[:, None])[:, None, :] + (across * place)[:, :, None])
    second = np.sin((along * place + phase[:, None])[:, :, None] - (across * place)[:, None, :])
    # Blotches: a coarse grid of random greys, spread smoothly by the matrix `spread` of shape (S, grid).
    knots = np.linspace(-1.0, 1.0, _GRID, dtype=np.float32)
    spread = np.clip(1.0 - np.abs(place[:, None] - knots) * (_GRID - 1) / 2, 0.0, 1.0)
    grey = random.random((_BLOCK, _GRID, _GRID), np.float32)
    blotches = spread @ grey @ spread.T
    waves = np.where(kind == 0, first, first * second) * 0.5 + 0.5
    return np.where(kind == 2, blotches, 0.7 * waves + 0.3 * blotches)


def _colours(random: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return two colours of the ground and two of the object, (block, 3) each; the object stands out."""
    ground = random.uniform(30, 225, (_BLOCK, 3)).astype(np.float32)
    spread = random.uniform(-50, 50, (2, _BLOCK, 3)).astype(np.float32)
    choices = random.uniform(10, 245, (6, _BLOCK, 3)).astype(np.float32)
    # Of six random colours the one farthest from the ground; which class is painted plays no part.
    farthest = np.linalg.norm(choices - ground, axis=-1).argmax(axis=0)
    inner = choices[farthest, np.arange(_BLOCK)]
    return ground - spread[0] / 2, ground + spread[0] / 2, inner - spread[1] / 4, inner + spread[1] / 4


def _uniform(random: np.random.Generator, low: float, high: float) -> np.ndarray:
    return random.uniform(low, high, _BLOCK).astype(np.float32)
