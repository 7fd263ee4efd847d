"""`atolye profile MODEL`: what a model costs, layer by layer, and how fast this machine is with it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import RunsDir

if TYPE_CHECKING:
    from atolye.profile import Latency, Profile


@one_line_errors
def profile(
    model: Annotated[
        str,
        typer.Argument(help="A .keras file, a run's name, or an architecture: cnn, resnet20, VGG16 (random weights)."),
    ],
    input_shape: Annotated[
        str | None, typer.Option(help="Shape of one input, such as 32,32,3; for architectures and open shapes.")
    ] = None,
    num_classes: Annotated[int | None, typer.Option(help="Classes, for an architecture.")] = None,
    batch_size: Annotated[int, typer.Option(help="Examples at a time, for memory and throughput.")] = 32,
    measure: Annotated[bool, typer.Option(help="Measure latency and throughput on this machine.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the layers as CSV.")] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Show a model's parameters, FLOPs, memory and receptive field by layer, with measured latency and throughput.

    FLOPs are 2 x MACs of convolutions and matrix products, for one example.

    Example: atolye profile resnet20

    Example: atolye profile runs/pets/model.keras --batch-size 1
    """
    if as_json and as_csv:
        raise ValueError("--json and --csv exclude each other; received both. Choose one.")
    from atolye.cli.model_argument import find_model, parse_shape
    from atolye.startup import start_backend

    shape = parse_shape(input_shape) if input_shape else None
    start_backend()
    from atolye.profile import measure_latency
    from atolye.profile import profile as count

    found_model = find_model(model, runs_dir=runs_dir, input_shape=shape, num_classes=num_classes)
    found = count(found_model, batch_size=batch_size, input_shape=shape)
    measured = None
    if measure and not as_csv:
        measured = measure_latency(found_model, batch_size=batch_size, input_shape=shape)
    if as_json:
        typer.echo(_json(model, found, measured))
    elif as_csv:
        typer.echo(found.table.to_csv(index=False), nl=False)
    else:
        _show(model, found, measured)


def _json(name: str, found: "Profile", measured: "Latency | None") -> str:
    import json
    from dataclasses import asdict

    # Missing numbers become null.
    layers = [{key: _value(value) for key, value in row.items()} for row in found.table.to_dict("records")]
    whole = {"model": name, "batch_size": found.batch_size, "totals": found.totals, "layers": layers}
    return json.dumps(whole | {"measured": asdict(measured) if measured else None}, indent=2)


def _value(value: Any) -> Any:
    import pandas as pd

    return None if not isinstance(value, tuple) and pd.isna(value) else value


def _show(name: str, found: "Profile", measured: "Latency | None") -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    from atolye.cli.output import console, count

    # 80 columns must do; elementwise operations and the layer's type are in --csv and --json.
    title = f"{name}: one example, layer by layer; memory of a batch of {found.batch_size}"
    table = Table(title=title, box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("layer", overflow="fold")
    for heading in ("output", "weights", "FLOPs", "memory", "sees", "stride", "kernel"):
        table.add_column(heading, justify="right", overflow="fold")
    for row in found.table.to_dict("records"):
        flops = "[red]not counted[/red]" if _value(row["flops"]) is None else count(row["flops"])
        table.add_row(
            row["name"],
            _shape(row["output_shape"]),
            count(row["parameters"]),
            flops,
            _bytes(row["activation_bytes"]),
            *(_places(row[column]) for column in ("receptive_field", "stride", "effective_kernel")),
        )
    console.print(table)
    _show_totals(found, measured)


def _show_totals(found: "Profile", measured: "Latency | None") -> None:
    from rich.table import Table

    from atolye.cli.output import console, number

    totals, batch = found.totals, found.batch_size
    rows = {
        "parameters": f"{totals['parameters']:,} ({totals['trainable_parameters']:,} trainable)",
        "weights": _bytes(totals["parameter_bytes"]),
        "MACs": f"{totals['macs']:,}",
        "FLOPs (2 x MACs)": f"{totals['flops']:,}",
        "elementwise operations": f"{totals['elementwise']:,}",
        f"all activations, batch of {batch}": _bytes(totals["activation_bytes"]),
        f"largest activation, batch of {batch}": _bytes(totals["largest_activation_bytes"]),
        "widest receptive field, a side": _places(totals["receptive_field"]),
    }
    if measured:
        rows["latency, 1 example (median)"] = f"{number(measured.milliseconds)} ms"
        rows[f"throughput, batch of {batch}"] = f"{number(measured.examples_per_second)} examples/s"
    table = Table("total", "value", title="in total")
    for label, value in rows.items():
        table.add_row(label, value)
    console.print(table)
    if totals["not_counted"]:
        names = ", ".join(totals["not_counted"])
        console.print(f"not counted, so that MACs and FLOPs are too low: {names}", soft_wrap=True, highlight=False)


def _shape(shape: Any) -> str:
    if shape and isinstance(shape[0], tuple):
        return ", ".join(map(_shape, shape))
    return "x".join(map(str, shape[1:])) or "1"


def _places(sizes: Any) -> str:
    if not sizes:
        return "-"
    return f"{sizes[0]:g}" if len(set(sizes)) == 1 else "x".join(f"{size:g}" for size in sizes)


def _bytes(value: int) -> str:
    for size, unit in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value} B"
