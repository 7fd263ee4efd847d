import pandas as pd

from atolye.report import blocks


def test_a_table_aligns_formats_and_translates() -> None:
    yes = {"tr": "evet", "en": "yes"}
    frame = pd.DataFrame({"a": ["yes", "<i>"], "b": [0.5, 0.25], "c": [1, 20000], "d": [True, False]})
    heading = {"tr": "be", "en": "bee"}
    block = blocks.table("t", frame, headings={"b": heading}, cells={"yes": yes, "True": yes})
    assert [column["align"] for column in block["columns"]] == ["left", "right", "right", "left"]
    assert block["columns"][1]["heading"] == heading
    assert block["columns"][0]["heading"] == {"tr": "a", "en": "a"}
    assert block["rows"] == [[yes, "0.5000", "1", yes], ["<i>", "0.2500", "20\u202f000", "False"]]


def test_cells_of_mixed_kind() -> None:
    frame = pd.DataFrame({"value": [1e-4, "relu", None, {"tr": "x", "en": "y"}]}, dtype=object)
    rows = blocks.table("t", frame, headings={})["rows"]
    assert rows == [["1.000e-04"], ["relu"], ["—"], [{"tr": "x", "en": "y"}]]


def test_an_empty_table_keeps_its_columns() -> None:
    block = blocks.table("t", pd.DataFrame({"a": [], "b": []}), headings={})
    assert len(block["columns"]) == 2 and block["rows"] == []
