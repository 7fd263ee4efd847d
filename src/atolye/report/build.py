"""`build_report`: a run folder to one self-contained HTML file."""

from pathlib import Path

from atolye.files import write_text
from atolye.report.lab import lab_document
from atolye.report.render import render
from atolye.report.texts import LANGUAGES
from atolye.report.training import training_document
from atolye.runs import Run

_DOCUMENTS = {"training": training_document, "lab": lab_document, "study": lab_document, "explanation": lab_document}


def build_report(run_path: str | Path, *, lang: str = "tr") -> Path:
    """Write `report.html` into a run folder, from the files in it alone, and return its path.

    The page needs no network and no other file, holds both languages and both colour schemes, and is the
    same, byte for byte, each time it is built from the same files.

    Args:
        run_path: the folder of a training, a lab, a study or an explanation.
        lang: the language shown first, `"tr"` or `"en"`.

    Raises:
        FileNotFoundError: when the folder, or a file that the report needs, is not there.
        ValueError: when a file is damaged, the kind of run is unknown or `lang` is neither.

    Example:
        build_report("runs/mnist_small-cnn", lang="en")
    """
    if lang not in LANGUAGES:
        raise ValueError(f"Received lang={lang!r}; expected 'tr' or 'en'.")
    run = Run(run_path)
    kind = run.info["kind"]
    if kind not in _DOCUMENTS:
        raise ValueError(f"{run.path / 'run.json'} has the kind {kind!r}; expected one of {sorted(_DOCUMENTS)}.")
    target = run.path / "report.html"
    write_text(target, render(_DOCUMENTS[kind](run), folder=run.path, lang=lang))
    return target
