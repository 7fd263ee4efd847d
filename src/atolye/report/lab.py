"""A lab's or a study's `page.json` to a document."""

import json
from typing import Any

from atolye.report.blocks import Document
from atolye.report.environment import environment_blocks
from atolye.report.texts import interface_texts
from atolye.runs import Run


def lab_document(run: Run) -> Document:
    """Return the page of a lab or a study: its own blocks, then where and how they were measured.

    Raises:
        FileNotFoundError: when the folder has no `page.json`.
        ValueError: when it is damaged.
    """
    path, kind = run.path / "page.json", run.info["kind"]
    if not path.is_file():
        raise FileNotFoundError(f"{run.path} is a {kind} without page.json. Run the {kind} again.")
    try:
        page: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        title, lead, tiles, blocks = (page[key] for key in ("title", "lead", "tiles", "blocks"))
    except (ValueError, KeyError) as error:
        raise ValueError(f"{path} is damaged ({error}). Run the {kind} again.") from None
    texts = interface_texts()
    return Document(
        title=title,
        kind=texts.text(f"kind.{kind}"),
        lead=lead,
        tiles=tiles,
        blocks=blocks + environment_blocks(run.info),
        footer=texts.text("page.footer", version=str(run.info.get("atolye", "?"))),
    )
