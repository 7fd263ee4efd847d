"""Teaching scripts, readable top to bottom, one a file; and what lists, runs and copies them."""

from atolye.labs.registry import LABS, Lab, copy_lab, run_lab

__all__ = ["LABS", "Lab", "copy_lab", "run_lab"]
