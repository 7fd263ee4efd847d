"""Lines of code as they stand on a slide, tried: does this Keras take them, and what does it say if not?"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd


def error_of(action: Callable[[], Any]) -> str:
    """Return the error or warning that `action` ends with, in one line; empty when there is none.

    Example:
        >>> error_of(lambda: int("one"))
        "ValueError: invalid literal for int() with base 10: 'one'"
    """
    try:
        with warnings.catch_warnings(action="error", category=UserWarning):  # Keras's own kind
            action()
    except Exception as error:  # Whatever it is, it is what the page shows.
        return f"{type(error).__name__}: {error}"
    return ""


def try_slide_lines(lines: Mapping[str, str], *namespaces: Mapping[str, Any]) -> pd.DataFrame:
    """Evaluate the lines of a slide and return what each of them said.

    Args:
        lines: expressions of a slide, with what is right instead. They are evaluated, so never pass what a user typed.
        namespaces: where their names are looked up, such as `vars(keras.callbacks)`.

    Returns:
        One row a line: `slide`, `error` (empty when the line works), `right`.

    Example:
        >>> try_slide_lines({"floor(x=1)": "floor(1)"}, {"floor": int})["error"][0].split(":")[0]
        'TypeError'
    """
    names: dict[str, Any] = {}
    for namespace in namespaces:
        names |= namespace
    errors = [error_of(lambda line=line: eval(line, dict(names))) for line in lines]  # type: ignore[misc]
    return pd.DataFrame({"slide": list(lines), "error": errors, "right": list(lines.values())})
