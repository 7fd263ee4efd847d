"""The ten outlines of `shapes`: for each, how far every point lies inside (positive) or outside (negative)."""

from collections.abc import Callable

import numpy as np

Field = np.ndarray

# A point (u, v) is seen from the shape's centre, in units of its radius. Every formula is near the true distance
# close to the edge, which is all that anti-aliasing needs.


def disc(u: Field, v: Field) -> Field:
    """Filled circle."""
    return 0.80 - np.hypot(u, v)


def ring(u: Field, v: Field) -> Field:
    """Circle with a hole."""
    return 0.24 - np.abs(np.hypot(u, v) - 0.70)


def half_disc(u: Field, v: Field) -> Field:
    """Circle cut along its diameter."""
    return np.minimum(1.0 - np.hypot(u, v + 0.42), v + 0.42)


def crescent(u: Field, v: Field) -> Field:
    """Circle from which another has bitten."""
    u = u - 0.33  # to its centre of mass
    return np.minimum(0.95 - np.hypot(u, v), np.hypot(u - 0.48, v) - 0.72)


def triangle(u: Field, v: Field) -> Field:
    """Equilateral triangle."""
    return 0.54 - np.maximum(-v, np.abs(u) * np.float32(np.sqrt(0.75)) + v * 0.5)


def square(u: Field, v: Field) -> Field:
    """Square."""
    return 0.70 - np.maximum(np.abs(u), np.abs(v))


def bar(u: Field, v: Field) -> Field:
    """Rectangle, three times as long as wide."""
    return np.minimum(1.08 - np.abs(u), 0.36 - np.abs(v))


def cross(u: Field, v: Field) -> Field:
    """Plus sign."""
    a, b = np.abs(u), np.abs(v)
    return np.maximum(np.minimum(0.95 - a, 0.29 - b), np.minimum(0.95 - b, 0.29 - a))


def star(u: Field, v: Field) -> Field:
    """Five-pointed star."""
    fifth = np.float32(2 * np.pi / 5)
    angle = np.abs(np.mod(np.arctan2(v, u), fifth) - fifth / 2)  # folded into one half of one point's wedge
    radius = np.hypot(u, v)
    along, across = radius * np.cos(angle), radius * np.sin(angle)
    # Edge from the tip (1.12 at the wedge's border) to the inner corner (0.48 at the wedge's middle).
    tip_along, tip_across = 1.12 * np.cos(fifth / 2), 1.12 * np.sin(fifth / 2)
    normal = np.array([tip_across, -(tip_along - 0.48)], np.float32)
    normal /= np.float32(np.hypot(*normal))
    return -((along - 0.48) * normal[0] + across * normal[1])


def heart(u: Field, v: Field) -> Field:
    """Heart, by two discs over a rotated square."""
    a = np.abs(u)
    lobe = 0.50 - np.hypot(a - 0.40, v - 0.30)
    wedge = np.minimum(0.66 - (a * 0.72 - v * 0.69), 0.36 - v)
    return np.maximum(lobe, np.minimum(wedge, 0.90 - a))


OUTLINES: dict[str, Callable[[Field, Field], Field]] = {
    "bar": bar,
    "crescent": crescent,
    "cross": cross,
    "disc": disc,
    "half_disc": half_disc,
    "heart": heart,
    "ring": ring,
    "square": square,
    "star": star,
    "triangle": triangle,
}
