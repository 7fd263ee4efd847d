"""What a worker process does: trials, until its pipe closes or the process that started it ends."""

import os
import signal
import threading
from contextlib import suppress
from multiprocessing import connection, parent_process
from typing import Any


def work(pipe: Any, log: str) -> None:
    """Run the trials that come through `pipe`, and send back a word after each.

    Args:
        pipe: connection from which trials come.
        log: file for what the trials print; it is removed at the end when it is empty.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with open(log, "a", encoding="utf-8") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    with suppress(EOFError):
        while True:
            pipe.recv().run()
            pipe.send("done")
    if not os.path.getsize(log):
        os.unlink(log)


def _end_with_parent() -> None:
    """End this process at once when its parent has gone, or orphans would go on training."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
