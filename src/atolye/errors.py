"""Words for errors: the nearest name to a misspelt one, and the extra that is missing."""

import difflib
from collections.abc import Iterable


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the entry of `words` most like `word`, or None when none is alike.

    Example:
        >>> nearest("batchsize", ["epochs", "batch_size"])
        'batch_size'
    """
    matches = difflib.get_close_matches(word, list(words), n=1, cutoff=0.5)
    return matches[0] if matches else None


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"`, or an empty string when nothing is near."""
    match = nearest(word, words)
    return f" Did you mean {match!r}?" if match else ""


class MissingExtraError(ImportError):
    """An optional dependency is not installed; the message names the extra that brings it.

    Args:
        extra: name of the extra, such as `"shap"`.
        package: import name of the package that is missing.

    Example:
        >>> raise MissingExtraError("shap", "shap")
        Traceback (most recent call last):
        ...
        atolye.errors.MissingExtraError: 'shap' is not installed. Install it with: pip install 'atolye[shap]'
    """

    def __init__(self, extra: str, package: str) -> None:
        super().__init__(f"{package!r} is not installed. Install it with: pip install 'atolye[{extra}]'")
