import json
from pathlib import Path

import pytest

from atolye.report.lab import lab_document
from atolye.runs import Run


def test_a_damaged_page_is_named(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"kind": "lab"}), encoding="utf-8")
    for content in ("{", "{}"):
        (tmp_path / "page.json").write_text(content, encoding="utf-8")
        with pytest.raises(ValueError, match="page.json is damaged .* Run the lab again"):
            lab_document(Run(tmp_path))


def test_the_environment_comes_last(tmp_path: Path) -> None:
    text = {"tr": "a", "en": "b"}
    (tmp_path / "run.json").write_text(json.dumps({"kind": "lab", "seed": 1, "atolye": "0.1.0"}), encoding="utf-8")
    page = {"title": text, "lead": text, "tiles": [], "blocks": [{"type": "notice", "text": text, "tone": "plain"}]}
    (tmp_path / "page.json").write_text(json.dumps(page), encoding="utf-8")
    document = lab_document(Run(tmp_path))
    assert [block["type"] for block in document.blocks] == ["notice", "section", "facts"]
    assert document.title == text and "0.1.0" in document.footer["en"]
