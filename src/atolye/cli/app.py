"""The `atolye` command: the list of its subcommands."""

import typer

from atolye.cli import (
    advise,
    compare,
    data,
    demo,
    evaluate,
    explain,
    find_lr,
    finetune,
    lab,
    predict,
    profile,
    report,
    runs,
    study,
    train,
)

app = typer.Typer(
    name="atolye",
    help="Build, train, compare and explain Keras networks, on a laptop's CPU first.\n\nStart with: atolye demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("data")(data.data)
app.command("find-lr")(find_lr.find_lr)
app.command("train")(train.train)
app.command("finetune")(finetune.finetune)
app.command("evaluate")(evaluate.evaluate)
app.command("predict")(predict.predict)
app.command("advise")(advise.advise)
app.command("explain")(explain.explain)
app.command("profile")(profile.profile)
app.add_typer(runs.app, name="runs")
app.command("study")(study.study)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.command("lab")(lab.lab)


@app.callback(invoke_without_command=True)
def _version(
    version: bool = typer.Option(False, "--version", help="Print the version and leave.", is_eager=True),
) -> None:
    if version:
        from atolye import __version__

        typer.echo(f"atolye {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    app()
