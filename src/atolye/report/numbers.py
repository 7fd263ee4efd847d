"""Numbers as a reader wants them: few digits, thin spaces between thousands, a dash for what is unknown.

The decimal sign is a point in both languages, as in code and in the run's files, so that a figure can be
found again by searching for it.
"""

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

UNKNOWN = "—"
THIN_SPACE = "\u202f"


def format_number(value: Any) -> str:
    """Format one number with at most four significant digits; None and NaN become a dash.

    Example:
        >>> [format_number(value) for value in (0.98765, 51264, 0.3, 1e-5, None)]
        ['0.9877', '51\\u202f264', '0.3', '1e-05', '—']
    """
    text = format_column([value])[0]
    if not _is_fraction(value) or "." not in text:
        return text
    digits, exponent, power = text.partition("e")
    return digits.rstrip("0").rstrip(".") + exponent + power


def format_column(values: Iterable[Any]) -> list[str]:
    """Format the numbers of one column with the same number of decimals.

    Text stays text, whole numbers stay whole, and a column that spans many orders of magnitude is written
    number by number.

    Example:
        >>> format_column([0.5, 0.25, float("nan")])
        ['0.5000', '0.2500', '—']
    """
    items = list(values)
    sizes = [abs(float(item)) for item in items if _is_fraction(item) and item != 0]
    decimals = _decimals(max(sizes)) if sizes else 1
    alike = not sizes or (decimals is not None and min(sizes) >= 0.5 * 10.0 ** -(decimals or 0))
    return [_format(item, decimals if alike else None) for item in items]


def percent(share: float, language: str, decimals: int = 1) -> str:
    """Format a share as a percentage; the sign stands in front in Turkish.

    Example:
        >>> percent(0.9523, "en"), percent(0.9523, "tr")
        ('95.2%', '%95.2')
    """
    if not math.isfinite(share):
        return UNKNOWN
    number = f"{100 * share:.{decimals}f}"
    return f"%{number}" if language == "tr" else f"{number}%"


def duration(seconds: float, language: str) -> str:
    """Format a time span.

    Example:
        >>> duration(4.25, "en"), duration(95, "tr"), duration(7300, "en")
        ('4.2 s', '1 dk 35 s', '2 h 1 min')
    """
    minute, hour = ("dk", "sa") if language == "tr" else ("min", "h")
    if not math.isfinite(seconds):
        return UNKNOWN
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} {minute} {whole % 60} s"
    return f"{whole // 3600} {hour} {whole % 3600 // 60} {minute}"


def _is_fraction(item: Any) -> bool:
    return isinstance(item, Real) and not isinstance(item, Integral) and math.isfinite(float(item))


def _decimals(size: float) -> int | None:
    if size >= 1e7 or size < 1e-3:
        return None
    return max(0, min(4, 3 - math.floor(math.log10(size))))


def _format(item: Any, decimals: int | None) -> str:
    if item is None:
        return UNKNOWN
    if isinstance(item, bool) or not isinstance(item, Real):
        return str(item)
    if isinstance(item, Integral):
        return _thousands(f"{int(item)}")
    number = float(item)
    if math.isnan(number):
        return UNKNOWN
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    if decimals is None:
        decimals = _decimals(abs(number)) if number else 1
    return f"{number:.3e}" if decimals is None else _thousands(f"{number:.{decimals}f}")


def _thousands(digits: str) -> str:
    whole, dot, rest = digits.partition(".")
    sign, whole = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
    if len(whole) > 4:
        groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)]
        whole = THIN_SPACE.join(reversed(groups))
    return sign + whole + dot + rest
