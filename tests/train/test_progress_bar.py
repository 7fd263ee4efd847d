"""A bar that is there while something is counted, and only on a terminal."""

import io

from rich.console import Console

from atolye.train.progress_bar import progress_bar


def drawn(*, terminal: bool) -> str:
    stream = io.StringIO()
    with progress_bar("counting", console=Console(file=stream, force_terminal=terminal, width=80)) as progress:
        progress(1, 2)
        progress(2, 2)
        after = len(stream.getvalue())
    assert len(stream.getvalue()) == after  # gone at the last one, not at the end of the block
    return stream.getvalue()


def test_it_draws_on_a_terminal_alone():
    assert drawn(terminal=True) != ""
    assert drawn(terminal=False) == ""
