from pathlib import Path

from atolye.report.judged_split import JudgedSplit
from atolye.report.sections_regression import regression_blocks
from atolye.runs import Run


def test_regression_lists_the_largest_errors(regression_run: Path) -> None:
    run = Run(regression_run)
    judged = JudgedSplit.of(run)
    rows = regression_blocks(run, judged)[-1]["rows"]
    assert len(rows) == 15
    assert rows[0][0] == judged.frame.loc[(judged.predictions - judged.targets).__abs__().argmax(), "id"]
