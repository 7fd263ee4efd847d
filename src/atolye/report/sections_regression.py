"""The section that judges a regression: scatter, residuals and the largest errors."""

import numpy as np
import pandas as pd

from atolye.evaluate import largest_errors
from atolye.report import blocks
from atolye.report.figure_file import figure_svg
from atolye.report.figures_regression import MOST_POINTS, residual_figure, scatter_figure
from atolye.report.judged_split import JudgedSplit
from atolye.report.texts import interface_texts
from atolye.runs import Run

ERRORS_SHOWN = 15


def regression_blocks(run: Run, judged: JudgedSplit) -> list[blocks.Block]:
    """Return prediction against truth, residuals, and the examples that are furthest off."""
    texts = interface_texts()
    labels = texts.labels("labels") | texts.labels("axes")
    words = {word: labels[word] for word in ("true", "prediction", "residual")}
    true = judged.targets.astype(np.float64)
    guess = judged.predictions.astype(np.float64)
    scores = run.metrics
    found = [blocks.section("regression", texts.text("regression.title"), texts.text("regression.text"))]
    if len(judged) > MOST_POINTS:
        found.append(blocks.notice(texts.text("regression.sampled", total=len(judged), shown=MOST_POINTS)))
    found.append(
        blocks.figure(
            "scatter",
            svg=figure_svg(scatter_figure(true, guess)),
            alt=texts.text("regression.scatter_alt", r2=scores.get("r2"), rmse=scores.get("rmse")),
            caption=texts.text("regression.scatter"),
            labels=words,
        )
    )
    found.append(
        blocks.figure(
            "residuals",
            svg=figure_svg(residual_figure(true, guess)),
            alt=texts.text("regression.residuals_alt", mean=float(np.mean(guess - true))),
            caption=texts.text("regression.residuals"),
            labels=words,
        )
    )
    errors = largest_errors(judged.frame, ERRORS_SHOWN)[["id", "target", "prediction", "error"]]
    errors = pd.DataFrame(errors).assign(id=errors["id"].astype(str))
    found.append(blocks.table("largest-errors", errors, caption=texts.text("regression.errors"), headings=labels))
    return found
