"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Lang(StrEnum):
    """Languages of the report."""

    en = "en"
    tr = "tr"


DataDir = Annotated[
    Path | None,
    typer.Option(
        envvar="ATOLYE_DATA_DIR",
        help="Folder with mnist.npz, cifar10.npz for the sets that are not embedded.",
    ),
]
RunsDir = Annotated[Path, typer.Option(help="Folder that holds the runs.")]
Language = Annotated[Lang, typer.Option(help="First language of the report; the page holds both.")]
