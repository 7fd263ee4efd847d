from pathlib import Path

import numpy as np
import pytest

from atolye.evaluate import wilson_interval
from atolye.report.judged_split import JudgedSplit
from atolye.runs import Run


def test_classification(classification_run: Path) -> None:
    run = Run(classification_run)
    judged = JudgedSplit.of(run)
    assert len(judged) == 300 and judged.probabilities.shape == (300, 5)
    assert judged.matrix.sum() == 300 and np.diag(judged.matrix).sum() == judged.correct.sum()
    assert judged.correct.mean() == pytest.approx(run.metrics["accuracy"])
    assert judged.calibration["ece"] == pytest.approx(run.metrics["ece"])
    assert judged.interval == wilson_interval(int(judged.correct.sum()), 300)
    assert len(JudgedSplit.of(run, "validation")) == 300


def test_regression_has_an_interval_round_its_rmse(regression_run: Path) -> None:
    run = Run(regression_run)
    low, high = JudgedSplit.of(run).interval
    assert low < run.metrics["rmse"] < high
