"""atolye find-lr."""

from typer.testing import CliRunner

from atolye.cli import app

run = CliRunner().invoke
TABLE = ["find-lr", "breast_cancer", "--set", "precision=float32"]


def test_prints_suggestions_and_draws_the_curve(tmp_path):
    picture = tmp_path / "curve.png"
    result = run(app, [*TABLE, "--steps", "60", "--out", str(picture)], env={"COLUMNS": "120"})
    assert result.exit_code == 0, result.output
    assert all(name in result.stdout for name in ("minimum", "steepest", "valley", "recommended: 0.0"))
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_says_when_it_cannot_tell(tmp_path):
    result = run(app, [*TABLE, "--steps", "20", "--max-lr", "1e-6", "--out", str(tmp_path / "curve.png")])
    assert result.exit_code == 0, result.output
    assert "cannot tell: the loss fell by" in result.stdout.replace("\n", " ")


def test_a_bad_number_is_one_line(tmp_path):
    result = run(app, [*TABLE, "--steps", "2", "--out", str(tmp_path / "curve.png")])
    assert result.exit_code == 2
    assert result.stderr == "error: Received steps=2; expected at least 10, such as 100.\n"
    assert not (tmp_path / "curve.png").exists()
