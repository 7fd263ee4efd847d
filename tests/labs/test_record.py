"""What a lab records and prints."""

import io
import json
import time

from rich.console import Console

from atolye.labs.record import lab_info, print_summary


def test_the_record_is_plain_json_with_its_sources():
    info = lab_info(
        "1.1", mode="quick", seed=3, started=time.perf_counter() - 2, figures={"a": 0.5}, data={"name": "x"}
    )
    assert json.loads(json.dumps(info)) == info
    assert (info["kind"], info["name"], info["mode"], info["seed"]) == ("lab", "lab-1.1", "quick", 3)
    assert 2 <= info["seconds"]["total"] < 60
    assert info["metrics"] == {"a": 0.5} and info["versions"]["python"] and info["machine"]["cores"]


def test_the_summary_names_figures_and_page(tmp_path):
    output = io.StringIO()
    print_summary("lab", {"test_accuracy": 0.98123, "count": 3}, tmp_path, console=Console(file=output, width=300))
    assert "test accuracy" in output.getvalue() and "0.9812" in output.getvalue() and str(tmp_path) in output.getvalue()
