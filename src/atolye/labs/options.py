"""The options that every lab has when it is run as a file."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from atolye.startup import start_backend


def parse_options(description: str | None, arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Read a lab's options from the command line, as keyword arguments for its `main`; start Keras as the command does.

    Args:
        description: what `--help` says, the lab's docstring.
        arguments: words to read; None means the command line.

    Example:
        >>> parse_options("A lab.", ["--quick", "--seed", "3"])["seed"]
        3
    """
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=description, formatter_class=formatter)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="seconds instead of minutes: a first look")
    size.add_argument("--full", action="store_true", help="the slides' sizes and epochs")
    parser.add_argument("--data-dir", type=Path, help="folder with mnist.npz, cifar10.npz; else $ATOLYE_DATA_DIR")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights, order and dropout; default 0")
    parser.add_argument("--lang", choices=("tr", "en"), default="tr", help="first language of the page; default tr")
    parser.add_argument("--out", type=Path, help="folder of the page; default runs/lab-NUMBER")
    options = vars(parser.parse_args(arguments))
    start_backend()
    return options
