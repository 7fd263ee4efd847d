"""One line instead of a traceback."""

import pytest
import typer

from atolye.cli.errors import one_line_errors


def failing(error):
    @one_line_errors
    def command():
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("received 1,\n expected 2."), "error: received 1, expected 2."),
        (FileNotFoundError(2, "No such file or directory", "x.csv"), "error: No such file or directory: x.csv"),
        (FileNotFoundError("no run at x"), "error: no run at x"),
        (OSError(28, "No space left on device", "runs/a"), "error: No space left on device: runs/a"),
        (ImportError("'shap' is not installed."), "error: 'shap' is not installed."),
        (ValueError(), "error: ValueError"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(error, line, capsys):
    with pytest.raises(typer.Exit) as caught:
        failing(error)()
    assert caught.value.exit_code == 2
    assert capsys.readouterr().err == line + "\n"


def test_a_slip_of_ours_stays_a_traceback():
    with pytest.raises(ZeroDivisionError):
        failing(ZeroDivisionError())()


def test_debug_shows_the_traceback(monkeypatch):
    monkeypatch.setenv("ATOLYE_DEBUG", "1")
    with pytest.raises(ValueError, match="why"):
        failing(ValueError("why"))()


def test_ctrl_c_is_told(capsys):
    with pytest.raises(SystemExit) as caught:
        failing(KeyboardInterrupt())()
    assert caught.value.code == 130
    assert capsys.readouterr().err == "interrupted: nothing was written\n"
