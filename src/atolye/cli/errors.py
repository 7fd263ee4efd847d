"""One line instead of a traceback: what the user can mend is told on the standard error stream, exit code 2."""

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

import typer


def one_line_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn ValueError, OSError and a missing extra into one line and exit code 2; Ctrl-C into exit code 130.

    Set `ATOLYE_DEBUG=1` to see the traceback instead.
    """

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (ValueError, OSError, ImportError) as error:
            if os.environ.get("ATOLYE_DEBUG"):
                raise
            typer.echo(f"error: {_line(error)}", err=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            typer.echo("interrupted: nothing was written", err=True)
            sys.exit(130)

    return wrapper


def _line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.strerror}: {error.filename}"
    return " ".join(str(error).split()) or type(error).__name__
