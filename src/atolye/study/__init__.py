"""Studies: variants x seeds with a folder a trial, runners, one table, one page; runs compared."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atolye.study.compare import RunComparison, compare_runs
    from atolye.study.pareto import draw_pareto, pareto_front
    from atolye.study.runners import LocalProcesses, OneAfterAnother, Runner
    from atolye.study.study import AllTrialsFailedError, Study
    from atolye.study.table import study_table
    from atolye.study.trial import Trial

__all__ = [
    "AllTrialsFailedError",
    "LocalProcesses",
    "OneAfterAnother",
    "RunComparison",
    "Runner",
    "Study",
    "Trial",
    "compare_runs",
    "draw_pareto",
    "pareto_front",
    "study_table",
]

# Imported when they are first used: a worker process needs trials only, and would wait seconds for pandas and plots.
_LATE = {
    "AllTrialsFailedError": "study",
    "LocalProcesses": "runners",
    "OneAfterAnother": "runners",
    "RunComparison": "compare",
    "Runner": "runners",
    "Study": "study",
    "Trial": "trial",
    "compare_runs": "compare",
    "draw_pareto": "pareto",
    "pareto_front": "pareto",
    "study_table": "table",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'atolye.study' has no attribute {name!r}")
    return getattr(import_module(f"atolye.study.{_LATE[name]}"), name)
